#pragma once
#include "ttsim/kernel_config.hpp"
#define ASSERT(condition) ((condition) ? (void)0 : ttsim_assertion(#condition, ::ttsim::here()))
