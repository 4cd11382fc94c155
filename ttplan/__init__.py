"""ttplan: proven-optimal plans for Tenstorrent kernels, by answer set programming."""

__version__ = "0.1.0"
