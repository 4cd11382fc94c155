// Declarations of the part of TT-Metalium's host API that rendered programs use, for syntax checks only.
// Parameter types follow the documented signatures; nothing here has a body that does anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#define NUM_CIRCULAR_BUFFERS 64

namespace tt {

enum class ARCH { WORMHOLE_B0, BLACKHOLE };
enum class DataFormat : uint8_t { Float32, Float16, Float16_b, Bfp8_b, Bfp4_b, Int32, UInt32, UInt16, UInt8 };
enum CBIndex : uint8_t {
    c_0, c_1, c_2, c_3, c_4, c_5, c_6, c_7, c_8, c_9, c_10, c_11, c_12, c_13, c_14, c_15,
    c_16, c_17, c_18, c_19, c_20, c_21, c_22, c_23, c_24, c_25, c_26, c_27, c_28, c_29, c_30, c_31
};

}  // namespace tt

namespace tt::stl {

template <typename T>
class Span {
public:
    template <typename U>
    explicit Span(const std::vector<U>&) {}
};

}  // namespace tt::stl

namespace tt::tt_metal {

struct CoreCoord {
    std::size_t x;
    std::size_t y;
};
struct CoreRange {
    CoreRange(CoreCoord start, CoreCoord end);
};
class CoreRangeSet {
public:
    explicit CoreRangeSet(std::vector<CoreRange> ranges);
};
class Shape {
public:
    Shape(std::initializer_list<uint32_t> extents);
};

enum class BufferType { DRAM, L1 };
class Buffer {};
class BufferDistributionSpec {
public:
    BufferDistributionSpec(const Shape& tensor_in_pages, const Shape& shard_in_pages, std::vector<CoreCoord> cores);
};
class BufferShardingArgs {
public:
    BufferShardingArgs() = default;
    BufferShardingArgs(BufferDistributionSpec spec);
};

class Program {};
Program CreateProgram();

class CircularBufferConfig {
public:
    CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& formats);
    CircularBufferConfig& set_page_size(uint8_t index, uint32_t bytes);
    CircularBufferConfig& set_globally_allocated_address(const Buffer& buffer);
};
using CBHandle = uintptr_t;
CBHandle CreateCircularBuffer(
    Program& program, const std::variant<CoreCoord, CoreRange, CoreRangeSet>& cores, const CircularBufferConfig& config);

enum class DataMovementProcessor { RISCV_0, RISCV_1 };
enum class NOC : uint8_t { NOC_0, NOC_1 };
enum class MathFidelity : uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4 };
enum class UnpackToDestMode : uint8_t { Default, UnpackToDestFp32 };

struct DataMovementConfig {
    DataMovementProcessor processor = DataMovementProcessor::RISCV_0;
    NOC noc = NOC::NOC_0;
    std::vector<uint32_t> compile_args = {};
    std::map<std::string, std::string> defines = {};
    std::unordered_map<std::string, uint32_t> named_compile_args = {};
};
struct ComputeConfig {
    MathFidelity math_fidelity = MathFidelity::HiFi4;
    bool fp32_dest_acc_en = false;
    bool dst_full_sync_en = false;
    std::vector<UnpackToDestMode> unpack_to_dest_mode = {};
    bool bfp8_pack_precise = false;
    bool math_approx_mode = false;
    std::vector<uint32_t> compile_args = {};
    std::map<std::string, std::string> defines = {};
    std::unordered_map<std::string, uint32_t> named_compile_args = {};
};
using KernelHandle = uint32_t;
KernelHandle CreateKernel(
    Program& program,
    const std::string& path,
    const std::variant<CoreCoord, CoreRange, CoreRangeSet>& cores,
    const std::variant<DataMovementConfig, ComputeConfig>& config);

uint32_t CreateSemaphore(Program& program, const std::variant<CoreRange, CoreRangeSet>& cores, uint32_t initial);
void SetRuntimeArgs(
    const Program& program,
    KernelHandle kernel,
    const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core,
    std::initializer_list<uint32_t> arguments);
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel, std::initializer_list<uint32_t> arguments);

}  // namespace tt::tt_metal
