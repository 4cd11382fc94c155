#pragma once
#include "ttsim/kernel_config.hpp"
