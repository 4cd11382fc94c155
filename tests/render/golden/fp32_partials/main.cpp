// fp32_partials on n150: host program.

// usage: fp32_partials [A=FILE] [B=FILE] [C=FILE]
// A file holds the elements of a tensor as float32, row by row. Inputs without a file are random; outputs without one
// are not kept.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

using namespace tt;
using namespace tt::tt_metal;
using namespace tt::tt_metal::distributed;

namespace {
    // Elements of a tensor and of the tiles that hold them; the tiles of all matrices follow each other, row-major.
    struct Extent {
        uint32_t matrices, rows, columns, tile_rows, tile_columns;

        size_t elements() const { return size_t(matrices) * rows * columns; }
        size_t padded() const { return size_t(matrices) * tile_rows * tile_columns * 1024; }

        // Place of an element in tile order: tiles row-major, in a tile four faces of 16 x 16.
        size_t place(uint32_t matrix, uint32_t row, uint32_t column) const {
            const size_t tile = (size_t(matrix) * tile_rows + row / 32) * tile_columns + column / 32;
            const uint32_t face = row % 32 / 16 * 2 + column % 32 / 16;
            return tile * 1024 + face * 256 + row % 16 * 16 + column % 16;
        }
    };

    std::vector<float> tiled(const std::vector<float>& values, const Extent& extent) {
        std::vector<float> tiles(extent.padded(), 0.0f);  // padding is zero
        size_t next = 0;
        for (uint32_t matrix = 0; matrix < extent.matrices; ++matrix) {
            for (uint32_t row = 0; row < extent.rows; ++row) {
                for (uint32_t column = 0; column < extent.columns; ++column) {
                    tiles[extent.place(matrix, row, column)] = values[next++];
                }
            }
        }
        return tiles;
    }

    std::vector<float> untiled(const std::vector<float>& tiles, const Extent& extent) {
        std::vector<float> values;
        values.reserve(extent.elements());
        for (uint32_t matrix = 0; matrix < extent.matrices; ++matrix) {
            for (uint32_t row = 0; row < extent.rows; ++row) {
                for (uint32_t column = 0; column < extent.columns; ++column) {
                    values.push_back(tiles[extent.place(matrix, row, column)]);
                }
            }
        }
        return values;
    }

    [[maybe_unused]] std::vector<uint16_t> to_bfloat16(const std::vector<float>& tiles) {
        std::vector<uint16_t> words;
        words.reserve(tiles.size());
        for (const float value : tiles) {
            uint32_t bits;
            std::memcpy(&bits, &value, sizeof bits);
            words.push_back(uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16));  // to nearest, ties to even
        }
        return words;
    }

    [[maybe_unused]] std::vector<float> from_bfloat16(const std::vector<uint16_t>& words) {
        std::vector<float> tiles;
        tiles.reserve(words.size());
        for (const uint16_t word : words) {
            const uint32_t bits = uint32_t(word) << 16;
            float value;
            std::memcpy(&value, &bits, sizeof value);
            tiles.push_back(value);
        }
        return tiles;
    }

    std::vector<float> random_values(size_t count, uint32_t seed) {
        std::mt19937 generator(seed);
        std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
        std::vector<float> values(count);
        std::generate(values.begin(), values.end(), [&] { return uniform(generator); });
        return values;
    }

    std::vector<float> values_of(const std::map<std::string, std::string>& files, const std::string& name, size_t count, uint32_t seed) {
        const auto file = files.find(name);
        if (file == files.end()) {
            return random_values(count, seed);
        }
        std::ifstream in(file->second, std::ios::binary);
        std::vector<float> values(count);
        in.read(reinterpret_cast<char*>(values.data()), std::streamsize(count * sizeof(float)));
        if (!in || in.peek() != std::ifstream::traits_type::eof()) {
            throw std::runtime_error(file->second + ": " + name + " needs exactly " + std::to_string(count) + " float32 values");
        }
        return values;
    }

    void keep(const std::map<std::string, std::string>& files, const std::string& name, const std::vector<float>& values) {
        const auto file = files.find(name);
        if (file == files.end()) {
            return;
        }
        std::ofstream out(file->second, std::ios::binary);
        out.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size() * sizeof(float)));
        if (!out) {
            throw std::runtime_error(file->second + ": cannot be written");
        }
    }

    std::map<std::string, std::string> files_of(int argc, char** argv) {
        const std::vector<std::string> names = {"A", "B", "C"};
        std::map<std::string, std::string> files;
        for (int index = 1; index < argc; ++index) {
            const std::string argument = argv[index];
            const std::string name = argument.substr(0, argument.find('='));
            if (argument.find('=') == std::string::npos || std::find(names.begin(), names.end(), name) == names.end()) {
                throw std::runtime_error(argument + ": expected NAME=FILE with a tensor of the kernel as NAME");
            }
            files[name] = argument.substr(name.size() + 1);
        }
        return files;
    }

    std::shared_ptr<MeshBuffer> allocate(MeshDevice* device, uint32_t pages, uint32_t page_bytes, BufferType memory) {
        const DeviceLocalBufferConfig local{.page_size = page_bytes, .buffer_type = memory};
        return MeshBuffer::create(ReplicatedBufferConfig{.size = uint64_t(pages) * page_bytes}, local, device);
    }

    // Float32 partial sums are copied to DST without passing a source register, which would cut them to 19 bits.
    std::vector<tt::tt_metal::UnpackToDestMode> fp32_into_dst(uint32_t cb) {
        using Mode = tt::tt_metal::UnpackToDestMode;
        std::vector<Mode> modes(NUM_CIRCULAR_BUFFERS, Mode::Default);
        modes[cb] = Mode::UnpackToDestFp32;
        return modes;
    }

    uint32_t address(const std::shared_ptr<MeshBuffer>& buffer) { return uint32_t(buffer->address()); }

    void run(const std::map<std::string, std::string>& files, MeshDevice* device) {
        const CoreCoord grid = device->compute_with_storage_grid_size();
        if (device->arch() != ARCH::WORMHOLE_B0 || grid.x < 2 || grid.y < 1) {
            throw std::runtime_error("the plan is for wormhole_b0 with at least 2 x 1 cores");
        }
        MeshCommandQueue& queue = device->mesh_command_queue();

        // Buffers
        // A: 128 x 192 bfloat16, DRAM interleaved
        const Extent A_extent{1, 128, 192, 4, 6};
        auto A_buffer = allocate(device, 24, 2048, BufferType::DRAM);
        // B: 192 x 128 bfloat16, DRAM interleaved
        const Extent B_extent{1, 192, 128, 6, 4};
        auto B_buffer = allocate(device, 24, 2048, BufferType::DRAM);
        // C: 128 x 128 bfloat16, DRAM interleaved
        const Extent C_extent{1, 128, 128, 4, 4};
        auto C_buffer = allocate(device, 16, 2048, BufferType::DRAM);
        EnqueueWriteMeshBuffer(queue, A_buffer, to_bfloat16(tiled(values_of(files, "A", A_extent.elements(), 1), A_extent)), true);
        EnqueueWriteMeshBuffer(queue, B_buffer, to_bfloat16(tiled(values_of(files, "B", B_extent.elements(), 2), B_extent)), true);

        Program program = CreateProgram();
        const CoreRangeSet cores = CoreRangeSet(std::vector<CoreRange>{CoreRange(CoreCoord{0, 0}, CoreCoord{1, 0})});

        // Circular buffers
        // c_0: in0, 2 blocks of 4 tiles
        CreateCircularBuffer(
            program,
            cores,
            CircularBufferConfig(16384, {{CBIndex::c_0, DataFormat::Float16_b}})
                .set_page_size(CBIndex::c_0, 2048)
        );
        // c_1: in1, 2 blocks of 4 tiles
        CreateCircularBuffer(
            program,
            cores,
            CircularBufferConfig(16384, {{CBIndex::c_1, DataFormat::Float16_b}})
                .set_page_size(CBIndex::c_1, 2048)
        );
        // c_16: out, 2 blocks of 4 tiles
        CreateCircularBuffer(
            program,
            cores,
            CircularBufferConfig(16384, {{CBIndex::c_16, DataFormat::Float16_b}})
                .set_page_size(CBIndex::c_16, 2048)
        );
        // c_24: partials, 1 block of 4 tiles
        CreateCircularBuffer(
            program,
            cores,
            CircularBufferConfig(16384, {{CBIndex::c_24, DataFormat::Float32}})
                .set_page_size(CBIndex::c_24, 4096)
        );

        // Kernels
        std::vector<uint32_t> read_in0_positional;
        TensorAccessorArgs(*A_buffer).append_to(read_in0_positional);
        const KernelHandle read_in0_kernel = CreateKernel(
            program,
            KERNEL_FOLDER "read_in0.cpp",
            CoreRangeSet(std::vector<CoreRange>{CoreRange(CoreCoord{0, 0}, CoreCoord{1, 0})}),
            DataMovementConfig{
                .processor = DataMovementProcessor::RISCV_1,
                .noc = NOC::NOC_0,
                .compile_args = read_in0_positional,
                .named_compile_args = {
                    {"cb_in0", 0},
                    {"block_m", 2},  // rows of an out block
                    {"block_n", 2},  // columns of an out block
                    {"block_k", 2},  // K tiles per block
                    {"k_blocks", 3},
                },
            }
        );
        SetCommonRuntimeArgs(program, read_in0_kernel, {2});  // block_count
        // core x, y, then A_address, tt_start_tile, Mt, Kt, Nt
        const std::vector<std::vector<uint32_t>> read_in0_arguments = {
            {0, 0, 32, 0, 4, 6, 4},
            {1, 0, 32, 8, 4, 6, 4},
        };
        for (const auto& row : read_in0_arguments) {
            SetRuntimeArgs(program, read_in0_kernel, CoreCoord{row[0], row[1]}, {address(A_buffer), row[3], row[4], row[5], row[6]});
        }

        std::vector<uint32_t> read_in1_write_out_positional;
        TensorAccessorArgs(*B_buffer).append_to(read_in1_write_out_positional);
        TensorAccessorArgs(*C_buffer).append_to(read_in1_write_out_positional);
        const KernelHandle read_in1_write_out_kernel = CreateKernel(
            program,
            KERNEL_FOLDER "read_in1_write_out.cpp",
            CoreRangeSet(std::vector<CoreRange>{CoreRange(CoreCoord{0, 0}, CoreCoord{1, 0})}),
            DataMovementConfig{
                .processor = DataMovementProcessor::RISCV_0,
                .noc = NOC::NOC_1,
                .compile_args = read_in1_write_out_positional,
                .named_compile_args = {
                    {"cb_in1", 1},
                    {"cb_out", 16},
                    {"block_m", 2},  // rows of an out block
                    {"block_n", 2},  // columns of an out block
                    {"block_k", 2},  // K tiles per block
                    {"k_blocks", 3},
                    {"subblock_m", 2},  // rows in DST at once
                    {"subblock_n", 2},  // columns in DST at once
                },
            }
        );
        SetCommonRuntimeArgs(program, read_in1_write_out_kernel, {2});  // block_count
        // core x, y, then B_address, C_address, tt_start_tile, Mt, Kt, Nt
        const std::vector<std::vector<uint32_t>> read_in1_write_out_arguments = {
            {0, 0, 4128, 8224, 0, 4, 6, 4},
            {1, 0, 4128, 8224, 8, 4, 6, 4},
        };
        for (const auto& row : read_in1_write_out_arguments) {
            SetRuntimeArgs(program, read_in1_write_out_kernel, CoreCoord{row[0], row[1]}, {address(B_buffer), address(C_buffer), row[4], row[5], row[6], row[7]});
        }

        const KernelHandle compute_kernel = CreateKernel(
            program,
            KERNEL_FOLDER "compute.cpp",
            CoreRangeSet(std::vector<CoreRange>{CoreRange(CoreCoord{0, 0}, CoreCoord{1, 0})}),
            ComputeConfig{
                .math_fidelity = tt::tt_metal::MathFidelity::HiFi4,
                .fp32_dest_acc_en = true,
                .dst_full_sync_en = false,
                .unpack_to_dest_mode = fp32_into_dst(24),
                .math_approx_mode = false,
                .named_compile_args = {
                    {"cb_in0", 0},
                    {"cb_in1", 1},
                    {"cb_out", 16},
                    {"cb_partials", 24},
                    {"block_m", 2},  // rows of an out block
                    {"block_n", 2},  // columns of an out block
                    {"block_k", 2},  // K tiles per block
                    {"last_k", 2},  // K tiles of the last block
                    {"k_blocks", 3},
                    {"subblock_m", 2},  // rows in DST at once
                    {"subblock_n", 2},  // columns in DST at once
                },
            }
        );
        SetCommonRuntimeArgs(program, compute_kernel, {2});  // block_count

        // The program must be complete before it moves into the workload.
        MeshWorkload workload;
        workload.add_program(MeshCoordinateRange(device->shape()), std::move(program));
        EnqueueMeshWorkload(queue, workload, false);  // the first run compiles the kernels
        Finish(queue);
        const auto begin = std::chrono::steady_clock::now();
        EnqueueMeshWorkload(queue, workload, false);
        Finish(queue);
        const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
        std::printf("fp32_partials: %.1f us with dispatch\n", time.count());

        std::vector<uint16_t> C_words;
        EnqueueReadMeshBuffer(queue, C_words, C_buffer);
        keep(files, "C", untiled(from_bfloat16(C_words), C_extent));
    }
}  // namespace

int main(int argc, char** argv) {
    try {
        const auto files = files_of(argc, argv);
        const auto device = MeshDevice::create_unit_mesh(0);
        run(files, device.get());
        return device->close() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
