// What each kind of result is on the page: a title, how it was measured, its tables.
import { renderKill } from './render-kill.js';
import { renderLease } from './render-lease.js';
import { renderLoop } from './render-loop.js';
import { renderStart } from './render-start.js';
import { renderThroughput } from './render-throughput.js';
import { renderWatch } from './render-watch.js';
import type { Kind, Results } from './results.js';

export interface Section<R> {
  readonly title: string;
  readonly how: string;
  readonly render: (result: R) => string;
  /** Nothing is missing from it, and everything counts. */
  readonly isWhole: (result: R) => boolean;
}

const throughput = {
  render: renderThroughput,
  isWhole: ({ samples }: Results['put' | 'open' | 'range']): boolean => samples.every(({ fault }) => fault === undefined),
};

const outages = {
  render: renderKill,
  isWhole: ({ rounds }: Results['kill' | 'hang']): boolean => rounds.every(({ outageMs }) => outageMs !== undefined),
};

export const SECTIONS: { readonly [K in Kind]: Section<Results[K]> } = {
  put: {
    title: 'Puts',
    how: `Three members on one machine, every write synced to the same disk, requests sent to the leader over HTTP/2: keys of
16 bytes, each written once, values of 256 bytes. A row counts only if the store's revision grew by exactly the number of requests, keys read
back from all members hold their values, and the leader stayed. The systems take turns within a round, alone on the machine;
figures are medians over the rounds. *CPU* is the processor time of all members together, *generator* that of the load's own
process on the same machine, *ratio* Reknit's rate as a multiple of this row's, with the lowest and highest of the rounds.

The rows with one key compare the generators: the same request over and over, from ours and from h2load, which knows only one.`,
    ...throughput,
  },
  open: {
    title: 'Puts at a constant rate',
    how: `As above, but in an open loop: puts are due at a constant rate, whether or not earlier ones were answered, and latency counts from
when a put was due, so that a stall is charged to every put that had to wait for it.`,
    ...throughput,
  },
  range: {
    title: 'Linearizable reads',
    how: `As for puts, but reading single keys, each read linearizable, from the leader. ZooKeeper's reads are linearizable only behind a
\`sync\`, so there each read is a \`sync\` and a \`getData\`.`,
    ...throughput,
  },
  kill: {
    title: 'Leader killed',
    how: `The leader's process is killed with SIGKILL; a prober writes to both survivors every 2 ms and takes the first write that was
sent after the kill and accepted. The members are started by hand: nothing else heals them. *Half load* is half of the puts that
the system was measured to accept when they are spread over all members. *Extra terms* passed in elections beyond the one that is
needed; *false elections* happened while the cluster stood whole.`,
    ...outages,
  },
  hang: {
    title: 'Leader hung',
    how: `As above, but the leader's process is stopped with SIGSTOP: its sockets stay open and nobody is told. It goes on with SIGCONT after
the answer is known. Detecting this takes a silence that is long enough not to be a busy machine's.`,
    ...outages,
  },
  start: {
    title: 'Start',
    how: `From the start of the processes over empty directories until each member has accepted a write: one member, and three at once that
form a cluster. Every member is asked every 5 ms.`,
    render: renderStart,
    isWhole: () => true,
  },
  watch: {
    title: 'Watches',
    how: `Every watcher watches all keys of the load, so each put becomes as many events as there are watchers. Ten connections with one
stream of watches each are spread over the three members; the puts go to the leader. First with 100 puts in flight: events a second at
all watchers together, from the first put to the last event. Then at a steady rate: latency from when a put was due to each of its
events, measured by one clock. A run counts only if every watcher got every put once, in the order of revisions, and the store's
revision grew by exactly the number of puts.`,
    render: renderWatch,
    isWhole: ({ samples }) => samples.every(({ fault }) => fault === undefined),
  },
  lease: {
    title: 'Leases kept alive',
    how: `Leases with a time to live of 30 s, each renewed every 10 s on nine streams that are spread over the three members, as etcd's
client does it. *CPU* is the processor time of all members together, in percent of one processor, over ten seconds of renewals;
*idle* that of the same members, with the leases there, over three seconds without renewals; *CPU ratio* Reknit's processor time as a multiple of
this row's. A run counts only if every renewal was answered, no lease was lost, and all are there at the end.`,
    render: renderLease,
    isWhole: ({ samples }) => samples.every(({ fault }) => fault === undefined),
  },
  loop: {
    title: 'Event loops under heavy requests',
    how: `Every member is pinged over HTTP/2 every 10 ms, on a connection of its own, while one heavy request after the other is served: a
ping waits for the member's event loop, as heartbeats between members do. Latencies count from when the ping was due. *Sender late* is
how late the pinging process itself was, *CPU wait* the share of time in which the main thread of some member was ready but had no
processor: what no member can be blamed for. Keys of 16 bytes, values of 256.`,
    render: renderLoop,
    isWhole: ({ phases }) => phases.every(({ fault }) => fault === undefined),
  },
};
