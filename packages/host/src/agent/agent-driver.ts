// What an agent looks after, behind one driver: nodes of the store, declared components, or both.
import { combineDrivers, createInstruments, createNodeDriver, ProcessDriver } from '@reknit/drivers';
import { Detectors, type Driver } from '@reknit/recovery';
import type { Runtime } from '@reknit/runtime';
import type { AgentConfig } from './agent-config.js';
import { componentsDirectory } from './agent-files.js';

export interface AgentDriver {
  readonly driver: Driver;
  /** Lets go of what looks at the components; they live on. */
  end(): void;
}

export function createAgentDriver(config: AgentConfig, runtime: Runtime, secret: Uint8Array): AgentDriver {
  const { nodes, components = [], dataDir } = config;
  const nodeDrivers = nodes.length === 0 ? [] : [createNodeDriver({ runtime, nodes, secret })];
  if (components.length === 0) return { driver: combineDrivers(nodeDrivers), end: () => undefined };
  const instruments = createInstruments();
  const detectors = new Detectors({ runtime, instruments });
  const processes = new ProcessDriver({ runtime, components, directory: componentsDirectory(dataDir), instruments, detectors });
  return {
    driver: combineDrivers([...nodeDrivers, processes]),
    end: () => {
      processes.end();
      detectors.end();
    },
  };
}
