// `reknit up`: nodes of a store, components, or both, in the foreground under one agent, until a signal.
import { resolve } from 'node:path';
import type { ProcessComponent } from '@reknit/drivers';
import type { ReknitFile } from '@reknit/host/components';
import { type Layout, type LayoutSettings, planLayout, readLayout, refuseContradiction } from '../cluster/layout.js';
import { completeSettings, readSettingsFile } from '../cluster/settings.js';
import { createTerminal, silentTerminal } from '../output/terminal.js';
import { runInForeground } from './foreground.js';
import { describeLayout } from './member-table.js';

export interface UpOptions extends Partial<LayoutSettings> {
  readonly file?: string;
  readonly data?: string;
  readonly json?: boolean;
}

const DATA_DEFAULT = '.reknit';
/** Without a file there are only nodes. */
const NO_FILE: ReknitFile = { cluster: {}, components: [] };

export async function up(options: UpOptions): Promise<number> {
  const { file, data, json = false, ...flags } = options;
  const { data: dataInFile, cluster, components } = file === undefined ? NO_FILE : await readSettingsFile(file);
  const dataDir = resolve(data ?? dataInFile ?? DATA_DEFAULT);
  const given = cluster === undefined && flags.nodes === undefined ? undefined : { ...cluster, ...flags };
  const layout = layoutFor(dataDir, given);
  return await runInForeground(
    { dataDir, layout, settings: { components } },
    {
      command: 'reknit up',
      about: aboutBoth(layout, components, dataDir),
      terminal: json ? silentTerminal() : createTerminal(),
      json,
    },
  );
}

/** @param given undefined: no nodes */
function layoutFor(dataDir: string, given: Partial<LayoutSettings> | undefined): Layout {
  const existing = readLayout(dataDir);
  if (existing === undefined) return given === undefined ? withoutNodes() : planLayout(completeSettings(given), 'cluster');
  if (given !== undefined) refuseContradiction(dataDir, existing, given);
  return existing;
}

const withoutNodes = (): Layout => planLayout({ ...completeSettings({ nodes: 1 }), nodes: 0 }, 'cluster');

function aboutBoth(layout: Layout, components: readonly ProcessComponent[], dataDir: string): string {
  const declared = components.map(({ name, instances }) => `${name} × ${instances}`);
  if (declared.length === 0) return describeLayout(layout, dataDir);
  return [
    ...(layout.nodes.length === 0 ? [] : [describeLayout(layout, dataDir)]),
    ...declared,
    ...(layout.nodes.length === 0 ? [dataDir] : []),
  ].join(' · ');
}
