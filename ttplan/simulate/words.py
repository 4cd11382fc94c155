"""Symbolic arguments of a program document -> 32-bit words."""

from __future__ import annotations

import struct

from ttplan.simulate.program import AddressOf, Argument, FloatBits, NocX, NocY, Program, SemaphoreId


def argument_word(program: Program, argument: Argument) -> int:
    """One runtime or compile-time argument as an unsigned word. The program has been validated."""
    if isinstance(argument, AddressOf):
        return program.buffer(argument.address_of).address
    if isinstance(argument, NocX):
        return program.device.virtual_x(argument.noc_x[0])
    if isinstance(argument, NocY):
        return program.device.virtual_y(argument.noc_y[1])
    if isinstance(argument, SemaphoreId):
        return argument.semaphore
    if isinstance(argument, FloatBits):
        return int(struct.unpack("<I", struct.pack("<f", argument.float32))[0])
    return argument % 2**32
