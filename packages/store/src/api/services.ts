// All gRPC methods of a member, by path.
import type { Method, Services, UnaryHandler } from '@reknit/grpc';
import type { StoreMember } from '../member.js';
import { clusterMethods } from './cluster.js';
import { OpenCalls } from './concurrency/open-calls.js';
import { configurationMethods } from './configuration.js';
import { electionMethods, observeHandler } from './election.js';
import { kvMethods } from './kv.js';
import { keepAliveHandler } from './lease/keep-alive.js';
import { leaseMethods } from './lease/lease-service.js';
import { lockMethods } from './lock.js';
import { maintenanceMethods } from './maintenance.js';
import { watchHandler } from './watch/watch-service.js';

/** grpc.health.v1.HealthCheckResponse { status: SERVING }. */
const SERVING = new Uint8Array([0x08, 0x01]);

export function servicesOf(member: StoreMember): Services {
  const services = new Map<string, Method>();
  const add = (service: string, methods: Readonly<Record<string, UnaryHandler>>): void => {
    for (const [name, handle] of Object.entries(methods)) services.set(`/${service}/${name}`, { kind: 'unary', handle });
  };
  add('etcdserverpb.KV', kvMethods(member));
  services.set('/etcdserverpb.Watch/Watch', { kind: 'bidirectional', handle: watchHandler(member) });
  add('etcdserverpb.Lease', leaseMethods(member));
  services.set('/etcdserverpb.Lease/LeaseKeepAlive', { kind: 'bidirectional', handle: keepAliveHandler(member) });
  const open = new OpenCalls();
  add('v3lockpb.Lock', lockMethods(member, open));
  add('v3electionpb.Election', electionMethods(member, open));
  services.set('/v3electionpb.Election/Observe', { kind: 'server-stream', handle: observeHandler(member, open) });
  add('etcdserverpb.Maintenance', maintenanceMethods(member));
  add('etcdserverpb.Cluster', clusterMethods(member));
  add('reknit.v1.Configuration', configurationMethods(member));
  add('grpc.health.v1.Health', { Check: (_bytes, _context, reply) => reply.ok(SERVING) });
  return services;
}
