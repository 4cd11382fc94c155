"""What is not planned is refused with its name, the kernel's name and the line; nothing is dropped."""

from __future__ import annotations

from functools import cache

import pytest

pytest.importorskip("tilelang", reason="reading TileLang kernels needs the extra ttplan[tilelang]")

from extract.written import KERNELS
from ttplan.errors import EXIT_BAD_INPUT, InputError
from ttplan.extract import extract
from ttplan.extract.source import loaded
from ttplan.extract.trace import candidates

FILE = KERNELS / "refused.py"
REFUSALS = {
    "split_k": "tl.tileop.atomicadd is outside the families",
    "split_k_elements": "tl.atomic_add_elem_op is outside the families",
    "split_k_workspace": "split over blockIdx.z; split-K is not planned",
    "short_k": "does not meet each of the 128 elements of A once; found 'k*32 + kk with 3 x 32 iterations'",
    "small_grid": "the grid does not cover C (256 elements); found '3 of 4 blocks of 64'",
    "shifted_rows": "dim 0 of A is read at a place that is no loop of the output",
    "never_cleared": "c is read before it is written",
    "cleared_every_step": "c holds a block of the last iteration",
    "rescaled_every_step": "updated in a loop in another way than by adding a gemm",
    "stored_inside_k": "C is stored inside the loop k that still accumulates it",
    "elementwise": "elementwise kernels are outside the families",
    "running_sum": "tl.tileop.cumsum is outside the families",
    "attention": "a gemm of a gemm is outside the families",
    "gate_and_up": "2 gemms in one output are outside the families",
    "two_outputs": "D is stored beside C",
    "in_place": "C is both read and written",
    "two_kernels": "several T.Kernel scopes",
    "rounded_operand": "A is rounded to float16 before the gemm",
    "packed_weights": "a value computed from a loop variable",
    "block_sparse": "the condition of an if depends on tensor elements; found 'mask[by, bx, k]'",
    "gathered_rows": "an index is read from the buffer rows",
    "while_loop": "the statement While is outside the families",
    "thread_dependent": "the index of a thread inside its block",
    "reshaped_view": "flat is a view of A with another shape",
    "column_bias": "bias is neither a full operand nor a bias row; found '[M]'",
    "causal_mask": "a value chosen by a condition on the position",
    "half_stored": "guarded by more than the bounds of the tensor",
    "racing": "T.Parallel reads c at another position than the one it writes",
    "unused_tensor": "the parameter spare is neither read nor written",
    "gram": "A is read with two different index maps",
    "head_dim_in_the_middle": "the operand A needs all batch dims or none first, and its matrix dims last",
}
ELSEWHERE = {
    "row_sum": "after line {before}: tl.tileop.reduce is outside the families",
    "warp_specialised": "barrier_init (manual barriers, the mark of a warp-specialised kernel)",
    "eight_bit": "parameter A: no Tensix tile format has this name; found 'float8_e4m3fn'; allowed: float32",
}


ALMOST = {
    "overlap_k": "does not meet each of the 128 elements of A once",
    "same_a_block": "a loop around the gemm adds the same block of A again",
    "stale_copy": "c is updated in a loop in another way than by adding a gemm",
    "skipped_step": "c is updated in a loop in another way than by adding a gemm",
    "triangular": "the number of iterations of k is not constant; found 'blockIdx.y*2 + 2'",
    "batch_loop_no_clear": "C is stored inside the loop z that still accumulates it",
    "wrong_batch": "dim 0 of B is read at a place that is no loop of the output; found '(blockIdx.z // 2)'",
    "mismatched_k": "the two operands of the gemm are summed at different places",
    "small_b": "dim 1 of B does not have the size of the loop that reads it; found 100",
    "masked_epilogue": "a value chosen by a condition on the position",
    "block_condition": "a value chosen by a condition on the position",
}


@cache
def marked_line(name: str) -> int:
    """Line of the comment `# here` in a kernel."""
    lines = FILE.read_text().splitlines()
    start = next(number for number, line in enumerate(lines, 1) if line.startswith(f"def {name}("))
    return next(number for number, line in enumerate(lines, 1) if number > start and line.endswith("# here"))


def refusal(name: str) -> InputError:
    with pytest.raises(InputError) as caught:
        extract(FILE, name)
    assert caught.value.exit_code == EXIT_BAD_INPUT
    return caught.value


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_names_the_construct_and_the_line(name: str) -> None:
    error = refusal(name)
    assert REFUSALS[name] in str(error)
    assert error.file == str(FILE)
    assert error.problems[0].path == f"kernel {name}, line {marked_line(name)}"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_refusals_that_stand_at_a_macro_a_block_or_a_parameter(name: str) -> None:
    text = str(refusal(name))
    expected = ELSEWHERE[name].format(before=marked_line(name) - 1) if name == "row_sum" else ELSEWHERE[name]
    assert f"kernel {name}" in text and expected in text


@pytest.mark.parametrize("name", ALMOST)
def test_kernels_that_are_almost_a_matmul_are_not_taken_for_one(name: str) -> None:
    with pytest.raises(InputError) as caught:
        extract(KERNELS / "almost.py", name)
    assert ALMOST[name] in str(caught.value)
    assert f"kernel {name}, line " in str(caught.value)


@pytest.mark.parametrize(
    ("file", "tested"), [("refused.py", {*REFUSALS, *ELSEWHERE}), ("almost.py", set(ALMOST))]
)
def test_every_refused_kernel_is_tested(file: str, tested: set[str]) -> None:
    with loaded(KERNELS / file) as source:
        assert {candidate.name for candidate in candidates(source)} == tested
