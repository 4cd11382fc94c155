"""Decisions in the words of people: `grid=8x8`, `A.depth=3`, `l1_accumulation=no`, or an atom of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NoReturn, get_args

from ttplan.device import Device
from ttplan.errors import InputError
from ttplan.facts.build import quoted
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.pin_limits import largest
from ttplan.facts.wishes import MODES
from ttplan.formats import FORMATS
from ttplan.ops import OPS
from ttplan.plan import DataMover, Movement, Orientation, Scheme

PINNABLE = {
    "scheme": 1,
    "grid": 2,
    "work_cores": 1,
    "orientation": 1,
    "mode": 1,
    "out_block": 2,
    "per_core": 2,
    "rounds": 1,
    "k_block": 1,
    "k_blocks": 1,
    "subblock": 2,
    "layout": 2,
    "shard": 3,
    "movement": 2,
    "carries": 2,
    "cb": 1,
    "cb_depth": 2,
    "block_pages": 2,
    "cb_units": 2,
    "resident": 2,
    "l1_accumulation": 0,
    "partials_format": 1,
    "shared_memory": 0,
}
"""Decision atoms that `--pin` accepts, with their arity (encodings/vocabulary.md)."""
LAYOUTS = {
    "DRAM/interleaved": "dram_interleaved",
    "L1/interleaved": "l1_interleaved",
    "L1/height_sharded": "l1_height",
    "L1/width_sharded": "l1_width",
    "L1/block_sharded": "l1_block",
    "DRAM/width_sharded": "dram_width",
}
WORDS: dict[tuple[str, int], tuple[str, ...]] = {
    ("scheme", 0): get_args(Scheme),
    ("orientation", 0): get_args(Orientation),
    ("mode", 0): tuple(MODES),
    ("out_block", 0): ("m", "n"),
    ("per_core", 0): ("m", "n"),
    ("layout", 1): tuple(LAYOUTS.values()),
    ("movement", 1): get_args(Movement),
    ("carries", 0): get_args(DataMover),
    ("partials_format", 0): tuple(FORMATS),
}
"""Places of a decision that take a word, and which."""
BUFFER_PLACES = {"layout": 0, "shard": 0, "resident": 0}
STREAM_PLACES = {"cb_depth": 0, "movement": 0, "carries": 1}
CIRCULAR_PLACES = {"cb": 0, "block_pages": 0, "cb_units": 0}
"""Decisions about a buffer, about a stream or the buffer it is for, about a circular buffer: the argument that names
it.
"""
STREAMS = ("in0", "in1", "out")
"""Streams of every kernel; each operand that an epilogue adds is another, `add(N)`."""
INTERMEDIATES = ("partials", "in0_transposed")
"""Circular buffers that are no stream's."""
LARGEST = 2**20
"""Numbers in pins are tiles, blocks, cores or units of L1; no kernel has so many of one on a core."""
FRIENDLY = {
    "scheme": "scheme({})",
    "grid": "grid({},{})",
    "cores": "work_cores({})",
    "rounds": "rounds({})",
    "in0_block_w": "k_block({})",
    "k_block": "k_block({})",
    "k_blocks": "k_blocks({})",
    "out_block": "out_block(m,{}),out_block(n,{})",
    "out_block_h": "out_block(m,{})",
    "out_block_w": "out_block(n,{})",
    "per_core": "per_core(m,{}),per_core(n,{})",
    "per_core_M": "per_core(m,{})",
    "per_core_N": "per_core(n,{})",
    "out_subblock": "subblock({},{})",
    "subblock": "subblock({},{})",
    "orientation": "orientation({})",
    "mode": "mode({})",
}
"""`name=value` forms: the values of `8x4` fill the places in order."""
PROPERTIES = {
    "depth": "cb_depth({name},{})",
    "layout": "layout({name},{})",
    "shard": "shard({name},{},{})",
    "movement": "movement({name},{})",
    "processor": "carries({},{name})",
}
"""`buffer.property=value` forms."""
FOLLOWS = {
    "mode": ("layout",),
    "cores": ("grid",),
    "per_core": ("scheme", "grid", "out_block"),
    "rounds": ("scheme", "grid", "out_block"),
    "k_blocks": ("k_block",),
    "l1_accumulation": ("k_block",),
    "shard": ("layout", "grid", "per_core"),
    "movement": ("layout", "scheme"),
}
"""Decisions that are a function of others, and of which; all others are a choice, or follow from nothing that one may
ask for.
"""
SWITCHES = ("l1_accumulation", "shared_memory")
"""Decisions that are `yes` or `no`."""
ABSENT = "not "
"""How a literal begins that says that an atom is false."""
FORMS = (
    *FRIENDLY,
    *SWITCHES,
    *(f"{name}({','.join('_' * arity)})" for name, arity in PINNABLE.items() if arity),
)
"""What `--pin` can begin with: `name=value`, or a decision atom with a value for each `_`."""


def choices_behind(decision: str) -> frozenset[str]:
    """The choices that a decision is a function of; itself if it is one."""
    causes = FOLLOWS.get(decision)
    if causes is None:
        return frozenset((decision,))
    return frozenset().union(*map(choices_behind, causes))


def literals_of(flow: Dataflow, device: Device, text: str, where: str) -> tuple[str, ...]:
    """The atoms that a decision in words asks for; `not ATOM` for one that it rules out.

    Raises InputError that names where the words stand, such as `--pin`.
    """
    return _Reader(flow, device, where).literals("".join(text.split()))


class _Reader:
    """Reads decisions about the buffers and streams of one kernel on one device."""

    def __init__(self, flow: Dataflow, device: Device, where: str) -> None:
        self.flow = flow
        self.device = device
        self.where = where
        self.buffers = [buffer.name for buffer in flow.kernel.buffers if buffer.io is not None]
        adds = sum(OPS[op.op].kind == "binary" for op in flow.kernel.ops)
        self.adds = {f"add{number}": f"add({number})" for number in range(adds)}
        self.streams = (*STREAMS, *self.adds.values())

    def literals(self, text: str) -> tuple[str, ...]:
        unclosed = text.count("(") - text.count(")")
        if unclosed > 0:
            self.refuse("a parenthesis is not closed", text, hint=text + ")" * unclosed)
        if unclosed < 0:
            self.refuse("a parenthesis is closed that is not open", text)
        left, equals, right = text.partition("=")
        if not equals:
            return (self.atom(text),)
        if "." in left:
            name, _, what = left.rpartition(".")
            return self.property(name, what, right)
        if left in SWITCHES:
            return (self.switch(left, right),)
        if left not in FRIENDLY:
            self.refuse("not a decision", left, FORMS)
        return self.filled(left, FRIENDLY[left], right)

    def atom(self, text: str) -> str:
        """`cb_depth(A,3)`."""
        match = re.fullmatch(r"(\w+)(?:\((.*)\))?", text)
        if match is None or match[1] not in PINNABLE:
            self.refuse("not a decision", match[1] if match else text, FORMS)
        name, arity = match[1], PINNABLE[match[1]]
        arguments = re.findall(r"add\(\d+\)|[^,()]+", match[2] or "")
        if len(arguments) != arity:
            self.refuse(f"{name} takes {arity} arguments", text)
        terms = [quoted(bare) if (bare := part.strip('"')) in self.buffers else part for part in arguments]
        for place in range(arity):
            self.check(name, place, terms)
        return f"{name}({','.join(terms)})" if terms else name

    def property(self, name: str, what: str, value: str) -> tuple[str, ...]:
        """`A.depth=3`."""
        form = PROPERTIES.get(what)
        if form is None:
            self.refuse("unknown property of a buffer", what, PROPERTIES)
        streams = self.adds | {stream: stream for stream in STREAMS}
        moves = form.partition("(")[0] in STREAM_PLACES
        if name in self.buffers:
            term = quoted(name)
        elif moves and name in streams:
            term = streams[name]
        else:
            self.refuse(
                "unknown buffer or stream" if moves else "unknown buffer",
                name,
                (*self.buffers, *(streams if moves else ())),
            )
        if what == "layout":
            if value not in LAYOUTS:
                self.refuse("unknown layout", value, LAYOUTS)
            value = LAYOUTS[value]
        if what == "depth" and not value.isdigit():
            self.refuse("a depth is a number of blocks", value, ("1", "2", "3", "4"))
        return self.filled(f"{name}.{what}", form.replace("{name}", term), value)

    def switch(self, name: str, value: str) -> str:
        """`l1_accumulation=no`."""
        if value not in ("yes", "no"):
            self.refuse(f"{name} has no such value", value, ("yes", "no"))
        return name if value == "yes" else ABSENT + name

    def filled(self, name: str, form: str, value: str) -> tuple[str, ...]:
        """The atoms of a form with the parts of a value such as `8x4` in their places."""
        count = form.count("{}")
        values = value.split("x") if count > 1 else [value]
        if len(values) != count:
            self.refuse(f"{name} takes {count} value(s), as in {'x'.join(('8', '4')[:count])}", value)
        literals = tuple(re.findall(r"\w+\((?:add\(\d+\)|[^()])*\)", form.format(*values)))
        for literal in literals:
            decision, _, rest = literal.removesuffix(")").partition("(")
            terms = rest.split(",")
            for place in range(len(terms)):
                self.check(decision, place, terms)
        return literals

    def check(self, name: str, place: int, terms: Sequence[str]) -> None:
        """Raises InputError for a word, buffer or number that a decision with these arguments cannot have there."""
        term, words = terms[place], WORDS.get((name, place))
        if words is not None:
            if term not in words:
                self.refuse(f"{name} has no such value", term, words)
        elif CIRCULAR_PLACES.get(name) == place:
            if term not in (*self.streams, *INTERMEDIATES):
                self.refuse("no such circular buffer", term, (*self.streams, *INTERMEDIATES))
        elif BUFFER_PLACES.get(name) == place:
            if term.strip('"') not in self.buffers:
                self.refuse("no such buffer", term, self.buffers)
        elif STREAM_PLACES.get(name) == place:
            if term.strip('"') not in self.buffers and term not in self.streams:
                self.refuse("no such stream or buffer", term, (*self.buffers, *self.streams))
        elif not re.fullmatch(r"[1-9]\d{0,6}", term) or int(term) > LARGEST:
            most = min(largest(self.flow, self.device, name, terms, place) or LARGEST, LARGEST)
            hint = None
            if number := re.fullmatch(r"(-?)0*(\d+)", term):
                meant = most if len(number[2]) > 7 else int(number[2])
                hint = "1" if number[1] else str(min(max(meant, 1), most))
            self.refuse(f"{name} takes a number", term, (f"1..{most}",), hint)

    def refuse(
        self, message: str, found: str, allowed: Iterable[str] = (), hint: str | None = None
    ) -> NoReturn:
        """Raise InputError where the words stand. hint: what is nearest, where it is not one of the allowed words."""
        raise InputError(self.where, message, found, allowed, hint=hint)
