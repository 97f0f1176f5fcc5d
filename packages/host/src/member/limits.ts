/** gRPC messages may exceed a request by this much: etcd's grpcOverheadBytes. */
export const GRPC_OVERHEAD_BYTES: number = 512 * 1024;
