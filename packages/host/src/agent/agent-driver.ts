// What an agent looks after, behind one driver: nodes of the store, declared components, or both; and how the agents of other
// machines see them.
import { hostname } from 'node:os';
import { combineDrivers, createInstruments, createNodeDriver, ProcessDriver } from '@reknit/drivers';
import { Detectors, type Driver } from '@reknit/recovery';
import type { Runtime } from '@reknit/runtime';
import type { AgentConfig } from './agent-config.js';
import { AgentError } from './agent-error.js';
import { componentsDirectory } from './agent-files.js';
import { Gossip } from './gossip/gossip.js';
import type { Owned } from './gossip/gossip-message.js';

export interface AgentDriver {
  readonly driver: Driver;
  /** Undefined: this agent is the only one. */
  readonly gossip: Gossip | undefined;
  /** Lets go of what looks at the components; they live on. */
  end(): void;
}

/** @throws AgentError when the address for the other agents cannot be had */
export async function createAgentDriver(config: AgentConfig, runtime: Runtime, secret: Uint8Array): Promise<AgentDriver> {
  const { nodes, components = [], dataDir } = config;
  const instruments = createInstruments();
  const otherClocks = (): Gossip['clocks'] => gossip?.clocks ?? [];
  const nodeDrivers = nodes.length === 0 ? [] : [createNodeDriver({ runtime, nodes, secret, otherClocks })];
  // Only components declare what is to be detected: without them nothing ticks.
  const detectors = components.length === 0 ? undefined : new Detectors({ runtime, instruments });
  const directory = componentsDirectory(dataDir);
  const processes =
    detectors === undefined ? [] : [new ProcessDriver({ runtime, components, directory, instruments, detectors })];
  const own = combineDrivers([...nodeDrivers, ...processes]);
  const gossip = createGossip(config, { runtime, instruments, secret, owns: () => ownedBy(own, config) });
  await startGossip(gossip, config);
  return {
    driver: gossip === undefined ? own : combineDrivers([own], gossip),
    gossip,
    end: () => {
      gossip?.stop();
      for (const each of processes) each.end();
      detectors?.end();
    },
  };
}

type World = Pick<ConstructorParameters<typeof Gossip>[0], 'runtime' | 'instruments' | 'secret' | 'owns'>;

function createGossip({ gossip, observer }: AgentConfig, world: World): Gossip | undefined {
  if (gossip === undefined) return undefined;
  const { listen, host = hostname(), seeds } = gossip;
  return new Gossip({ ...world, name: observer ?? `agent of ${host}`, host, address: listen, seeds });
}

async function startGossip(gossip: Gossip | undefined, config: AgentConfig): Promise<void> {
  try {
    await gossip?.start();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError('bad-config', `cannot listen for other agents on ${config.gossip?.listen}: ${reason}`, { cause });
  }
}

/** What of them can be seen over the network, and how. */
function ownedBy(driver: Driver, { nodes }: AgentConfig): readonly Owned[] {
  const members = new Set(nodes.map(({ name }) => name));
  return driver.subjects.flatMap((subject): readonly Owned[] => {
    const endpoint = driver.endpoint(subject);
    if (members.has(subject)) return [{ subject, probe: { kind: 'http', url: `${endpoint}/reknit/vitals` } }];
    if (!endpoint.startsWith('http://')) return [];
    return [{ subject, probe: { kind: 'tcp', address: new URL(endpoint).host } }];
  });
}
