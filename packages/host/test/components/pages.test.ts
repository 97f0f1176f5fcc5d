import { describe, expect, it } from 'vitest';
import { parseReknitFile } from '../../src/components/reknit-file.js';

const read = (text: string) => parseReknitFile(text, '/srv');
const problems = (text: string): readonly string[] => {
  const result = read(text);
  return result.ok ? [] : result.problems.map(({ line, text: what }) => `${line}: ${what}`);
};

describe('pages: in reknit.yaml', () => {
  it('takes webhooks and commands, beside nodes or components', () => {
    const file = read('pages:\n  - webhook: https://pager.example/x\n  - command: [/usr/local/bin/page, on-call]\n');
    expect(file).toMatchObject({
      ok: true,
      file: { pages: [{ webhook: 'https://pager.example/x' }, { command: ['/usr/local/bin/page', 'on-call'] }] },
    });
    expect(read('components:\n  web: { driver: process, command: node server.js }\npages: []\n')).toMatchObject({ ok: true });
  });

  it.each([
    ['pages:\n  - webhook: pager.example\n', 2, /expected a URL, http:\/\/ or https:\/\//],
    ['pages:\n  - command: page on-call\n', 2, /expected a program and its arguments/],
    ['pages:\n  - command: []\n', 2, /expected a program and its arguments/],
    ['pages:\n  - mail: ada@example.org\n', 2, /not known here: there are webhook/],
    ['pages:\n  - { webhook: "http://a/", command: [b] }\n', 2, /stands beside webhook/],
    ['pages: yes\n', 1, /expected a list of webhooks and commands/],
  ])('refuses %j, and says where and what it should be', (text, line, what) => {
    expect(problems(text).join('\n')).toMatch(what);
    expect(problems(text)[0]).toMatch(new RegExp(`^${line}:`));
  });
});
