// Mesh part of the host API: devices, buffers, queues and workloads. See host_api.hpp.
#pragma once

#include <tt-metalium/host_api.hpp>

namespace tt::tt_metal::distributed {

struct MeshShape {};
class MeshCoordinateRange {
public:
    explicit MeshCoordinateRange(const MeshShape& shape);
};
class MeshCommandQueue {};

class MeshDevice {
public:
    static std::shared_ptr<MeshDevice> create_unit_mesh(int device_id);
    MeshCommandQueue& mesh_command_queue();
    CoreCoord compute_with_storage_grid_size() const;
    CoreCoord worker_core_from_logical_core(const CoreCoord& core) const;
    tt::ARCH arch() const;
    const MeshShape& shape() const;
    bool close();
};

struct DeviceLocalBufferConfig {
    uint64_t page_size = 0;
    BufferType buffer_type = BufferType::DRAM;
    BufferShardingArgs sharding_args = {};
};
struct ReplicatedBufferConfig {
    uint64_t size = 0;
};
class MeshBuffer {
public:
    static std::shared_ptr<MeshBuffer> create(
        const ReplicatedBufferConfig& config, const DeviceLocalBufferConfig& local, MeshDevice* device);
    uint64_t address() const;
    Buffer* get_backing_buffer() const;
};

class MeshWorkload {
public:
    void add_program(const MeshCoordinateRange& range, Program&& program);
};

// The buffer is taken by reference to a non-const pointer.
template <typename T>
void EnqueueWriteMeshBuffer(
    MeshCommandQueue& queue, std::shared_ptr<MeshBuffer>& buffer, const std::vector<T>& source, bool blocking = false);
template <typename T>
void EnqueueReadMeshBuffer(
    MeshCommandQueue& queue, std::vector<T>& target, std::shared_ptr<MeshBuffer>& buffer, bool blocking = true);
void EnqueueMeshWorkload(MeshCommandQueue& queue, MeshWorkload& workload, bool blocking);
void Finish(MeshCommandQueue& queue);

}  // namespace tt::tt_metal::distributed
