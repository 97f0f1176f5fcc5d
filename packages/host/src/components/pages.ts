// `pages:`, how humans are told of what no ladder could mend.
import type { PageSpec } from '../agent/agent-config.js';
import type { Field } from './sheet.js';

const WEBHOOK = 'a URL, http:// or https://';
const WORDS = 'a program and its arguments, such as [/usr/local/bin/page, on-call]';

/** Undefined where it is wrong: told. */
export function readPage(field: Field): PageSpec | undefined {
  const fields = field.fields('{ webhook: URL } or { command: [program, arguments] }');
  if (fields === undefined) return undefined;
  const [webhook, command] = [fields.get('webhook'), fields.get('command')];
  fields.close();
  if (webhook.isPresent && command.isPresent) return command.fail('stands beside webhook: expected one of them');
  return webhook.isPresent ? webhookIn(webhook) : commandIn(command);
}

function webhookIn(field: Field): PageSpec | undefined {
  const webhook = field.text(WEBHOOK);
  if (webhook === undefined) return undefined;
  return /^https?:\/\/./.test(webhook) ? { webhook } : field.wrong(WEBHOOK);
}

function commandIn(field: Field): PageSpec | undefined {
  if (!field.isList) return field.wrong(WORDS);
  const [program, ...args] = field.list(WORDS).flatMap((word) => word.text('a text') ?? []);
  return program === undefined ? field.wrong(WORDS) : { command: [program, ...args] };
}
