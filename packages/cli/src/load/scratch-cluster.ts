// A cluster that a command makes for itself, breaks, and throws away: three nodes on a free block of ports that no other command
// of this user takes for its own.
import { LAYOUT_DEFAULTS, type Protocol, planLayout } from '../cluster/layout.js';
import { type ClusterWatcher, LocalCluster, type OpenSettings } from '../cluster/local-cluster.js';
import { freeBlock } from '../cluster/ports.js';

/** Below the ports that the kernel gives to outgoing connections. */
const PORT_FIRST = 10_000;
const PORT_SPREAD = 20_000;

export async function openScratchCluster(
  dataDir: string,
  settings: Omit<OpenSettings, 'remember'>,
  watcher: ClusterWatcher,
  protocol: Protocol = LAYOUT_DEFAULTS.protocol,
): Promise<LocalCluster> {
  const first = PORT_FIRST + Math.floor(Math.random() * PORT_SPREAD);
  const clientPort = await freeBlock(first, LAYOUT_DEFAULTS.nodes, LAYOUT_DEFAULTS.portStep);
  const layout = planLayout({ ...LAYOUT_DEFAULTS, clientPort, protocol }, 'demo');
  const { cluster } = await LocalCluster.open(dataDir, layout, { ...settings, remember: false }, watcher);
  return cluster;
}
