// Prometheus metrics: etcd's names where etcd has the figure, `reknit_` otherwise. Everything is read when it is asked for.
import type { GrpcServer } from '@reknit/grpc';
import type { WatchStatistics } from '@reknit/mvcc';
import { ETCD_API_VERSION, type Group, type LeaseCounts, type StoreMember, storeSignals } from '@reknit/store';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

export function createMetrics(
  registry: Registry,
  member: StoreMember,
  server: () => GrpcServer,
): () => Promise<{ contentType: string; text: string }> {
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const perKeyspace = (name: string, help: string, read: (group: Group) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['keyspace'],
      registers: [registry],
      collect() {
        for (const group of member.groups) this.set({ keyspace: group.name }, read(group));
      },
    });
  };
  const main = (): Group | undefined => member.group('default');
  const versionGauge = new Gauge({
    name: 'etcd_server_version',
    help: 'Whose API is spoken.',
    labelNames: ['server_version'],
    registers: [registry],
  });
  versionGauge.set({ server_version: ETCD_API_VERSION }, 1);
  gauge('etcd_server_has_leader', 'Whether a leader of `default` is known.', () => (main()?.hasLeader === true ? 1 : 0));
  gauge('etcd_server_is_leader', 'Whether this member leads `default`.', () => (main()?.status.role === 'leader' ? 1 : 0));
  gauge('etcd_server_is_learner', 'Whether this member receives the log without a vote.', () => (member.isLearner ? 1 : 0));
  perKeyspace('reknit_configuration_epoch', 'Configurations of the keyspace so far.', (group) => group.status.epoch);
  perKeyspace('reknit_is_leader', 'Whether this member leads the keyspace.', (group) => (group.status.role === 'leader' ? 1 : 0));
  new Gauge({
    name: 'reknit_replica_info',
    help: 'What the replica is: 1 beside the labels that hold now. `round_name` is the protocol’s own word for reknit_round.',
    labelNames: ['keyspace', 'protocol', 'round_name', 'role', 'phase'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, protocol, status } of member.groups) {
        const { role, phase = '' } = status;
        this.set({ keyspace: name, protocol: protocol.name, round_name: protocol.roundName, role, phase }, 1);
      }
    },
  });
  perKeyspace('reknit_round', 'Leadership period: a term, a ballot or an epoch.', (group) => group.status.round);
  perKeyspace('reknit_configuration', 'Number of the configuration.', (group) => group.identity.epoch);
  perKeyspace('reknit_commit_index', 'Highest decided index.', (group) => group.status.commit);
  perKeyspace('reknit_applied_index', 'Highest applied index.', (group) => group.space.applied.index);
  perKeyspace('reknit_revision', 'Revision of the key space.', (group) => group.space.revision);
  perKeyspace('reknit_waiting_writes', 'Writes whose outcome is open.', (group) => group.waitingWrites);
  perKeyspace(
    'reknit_overlay_bytes',
    'Revisions in memory that are not flushed.',
    (group) => group.space.statistics().overlayBytes,
  );
  const watches = (read: (statistics: WatchStatistics) => number) => (): number => {
    const group = main();
    return group === undefined ? 0 : read(group.watches.statistics());
  };
  gauge(
    'etcd_debugging_mvcc_watcher_total',
    'Watchers.',
    watches((each) => each.watchers),
  );
  gauge(
    'etcd_debugging_mvcc_watch_stream_total',
    'Streams of watchers.',
    watches((each) => each.streams),
  );
  gauge(
    'etcd_debugging_mvcc_slow_watcher_total',
    'Watchers that read history or whose client does not read.',
    watches((each) => each.slowWatchers),
  );
  gauge(
    'etcd_debugging_mvcc_events_total',
    'Events given to watchers since the start.',
    watches((each) => each.events),
  );
  const leases = (name: string, help: string, read: (counts: LeaseCounts) => number): void =>
    gauge(name, help, () => {
      const group = main();
      return group === undefined ? 0 : read(group.leases.counts);
    });
  leases('etcd_debugging_lease_granted_total', 'Leases granted since the start.', (counts) => counts.granted);
  leases('etcd_debugging_lease_revoked_total', 'Leases ended since the start.', (counts) => counts.revoked + counts.expired);
  leases('etcd_debugging_lease_renewed_total', 'Keep-alives that this member answered as leader.', (counts) => counts.renewed);
  leases('etcd_debugging_server_lease_expired_total', 'Leases whose time was over.', (counts) => counts.expired);
  perKeyspace('reknit_leases', 'Leases that exist.', (group) => group.space.leases.size);
  gauge('etcd_mvcc_db_total_size_in_bytes', 'Size of the state on disk.', () => main()?.space.statistics().sizeBytes ?? 0);
  gauge('reknit_wal_segments', 'Segments of the write-ahead log.', () => member.wal.statistics().segments);
  gauge('reknit_wal_bytes', 'Bytes of the write-ahead log.', () => member.wal.statistics().bytes);
  gauge('reknit_wal_syncs', 'Syncs since the start.', () => member.wal.statistics().syncs);
  gauge('reknit_wal_appends', 'Appends since the start; several share a sync.', () => member.wal.statistics().appends);
  gauge(
    'reknit_wal_room_bytes',
    'Bytes that the log takes for certain, even on a full disk.',
    () => member.wal.statistics().room,
  );
  new Gauge({
    name: 'reknit_store_alarm',
    help: 'What is wrong with the store: 1 beside each that holds now.',
    labelNames: ['alarm'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { alarm } of storeSignals(member)) this.set({ alarm }, 1);
    },
  });
  gauge(
    'reknit_wal_pending_milliseconds',
    'Age of the oldest append that is not durable yet.',
    () => member.wal.statistics().pendingSince,
  );
  gauge(
    'reknit_blocked_share',
    'Share of the last two election time-outs in which own work blocked the loop.',
    () => member.vitals.lostShare,
  );
  gauge(
    'reknit_suspected_peers',
    'Peers that are silent beyond what their rhythm explains.',
    () => member.vitals.suspected.length,
  );
  gauge('reknit_peers_up', 'Peers with a session in both directions.', () => member.peersUp);
  gauge('reknit_client_connections', 'Client connections.', () => server().statistics().connections);
  gauge('reknit_open_calls', 'Calls under way.', () => server().statistics().openCalls);
  gauge('etcd_network_client_grpc_received_bytes_total', 'From clients.', () => server().statistics().receivedBytes);
  gauge('etcd_network_client_grpc_sent_bytes_total', 'To clients.', () => server().statistics().sentBytes);
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
