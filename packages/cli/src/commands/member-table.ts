// Nodes side by side: what each says of itself, and what the agent knows of its process.
import type { AgentStatus } from '@reknit/host/agent';
import { clientUrl, type Layout, peerUrl } from '../cluster/layout.js';
import type { MemberView } from '../cluster/members.js';
import { renderTable } from '../output/table.js';
import type { Paint } from '../output/terminal.js';

export interface NodeRow {
  readonly name: string;
  readonly pid: number | null;
  readonly role: MemberView['role'];
  readonly clientUrl: string;
  readonly peerUrl: string;
}

export function nodeRows(layout: Layout, members: readonly MemberView[], status: AgentStatus): readonly NodeRow[] {
  return layout.nodes.map((node) => ({
    name: node.name,
    pid: status.subjects.find(({ subject }) => subject === node.name)?.process?.pid ?? null,
    role: members.find(({ endpoint }) => endpoint === clientUrl(node))?.role ?? 'unreachable',
    clientUrl: clientUrl(node),
    peerUrl: peerUrl(node),
  }));
}

export function nodeTable(paint: Paint, rows: readonly NodeRow[]): readonly string[] {
  const head = ['node', 'pid', 'role', 'clients', 'peers'].map((title) => paint.dim(title));
  return renderTable(
    head,
    rows.map((row) => [paint.bold(row.name), String(row.pid ?? '–'), paintRole(paint, row.role), row.clientUrl, row.peerUrl]),
    '  ',
  );
}

export function paintRole(paint: Paint, role: MemberView['role']): string {
  if (role === 'leader') return paint.green(role);
  return role === 'follower' ? role : paint.red(role);
}

export const describeLayout = ({ nodes, protocol }: Layout, dataDir: string): string =>
  `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} · ${protocol} · ${dataDir}`;
