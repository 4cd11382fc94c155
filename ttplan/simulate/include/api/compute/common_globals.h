#pragma once
#include "ttsim/compute_base.hpp"
