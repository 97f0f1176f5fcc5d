/** @param address `host:port` */
export const isLoopback = (address: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):/.test(address);
