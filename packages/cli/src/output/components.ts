// Components side by side: as they are declared, and as their instances are now.
import type { ProcessComponent } from '@reknit/drivers';
import type { AgentStatus } from '@reknit/host/agent';
import { renderTable } from './table.js';
import type { Paint } from './terminal.js';

export function describeComponents(components: readonly ProcessComponent[]): readonly string[] {
  return components.map(({ name, instances, ports, command, policy }) => {
    const where = ports.length === 0 ? '' : ` on ${ports.slice(0, instances).join(', ')}`;
    return `${name} × ${instances}${where}: ${command.join(' ')}${policy.mode === 'active' ? '' : ` (${policy.mode} only)`}`;
  });
}

export interface InstanceRow {
  readonly name: string;
  readonly pid: number | null;
  readonly state: string;
  readonly address: string | null;
}

/** @param isNode leaves out the store's own nodes */
export const instanceRows = ({ subjects }: AgentStatus, isNode: (subject: string) => boolean): readonly InstanceRow[] =>
  subjects
    .filter(({ subject }) => !isNode(subject))
    .map(({ subject, process, state, endpoint }) => ({
      name: subject,
      pid: process?.pid ?? null,
      state,
      address: endpoint.startsWith('http') ? endpoint : null,
    }));

export const instanceTable = (paint: Paint, rows: readonly InstanceRow[]): readonly string[] =>
  renderTable(
    ['instance', 'pid', 'state', 'address'].map((title) => paint.dim(title)),
    rows.map(({ name, pid, state, address }) => [
      paint.bold(name),
      String(pid ?? '–'),
      state === 'living' ? paint.green(state) : paint.red(state),
      address ?? '–',
    ]),
    '  ',
  );
