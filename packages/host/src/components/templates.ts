// Texts with variables, held against what there is to fill in: an unknown name or a port that the component does not have is a
// mistake of the file, not of the day on which the text is used.
import { fillIn, VARIABLES, variablesIn } from '@reknit/drivers';
import { nearest } from './nearest.js';
import type { Field } from './sheet.js';

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is what stands in the file
export const PORT = '${port}';

export interface Scope {
  readonly hasPorts: boolean;
}

const SAMPLE: Readonly<Record<string, string>> = { port: '8001', instance: '1', subject: 'name-1', component: 'name' };

/** What the text becomes for some instance; undefined when it cannot become anything. */
export function sampleOf(field: Field, text: string, { hasPorts }: Scope): string | undefined {
  let right = true;
  for (const name of new Set(variablesIn(text))) {
    const problem = problemOf(name, hasPorts);
    if (problem === undefined) continue;
    right = false;
    field.fail(problem);
  }
  return right ? fillIn(text, SAMPLE) : undefined;
}

function problemOf(name: string, hasPorts: boolean): string | undefined {
  if (name === 'port' && !hasPorts) return `uses ${PORT}, but the component has no ports: add  ports: 8001`;
  if (VARIABLES.some((known) => known === name)) return undefined;
  const near = nearest(name, VARIABLES);
  const hint =
    near === undefined ? `there are ${VARIABLES.map((known) => `\${${known}}`).join(', ')}` : `did you mean \${${near}}?`;
  return `uses \${${name}}, which is no variable: ${hint} (write $\${ for the characters themselves)`;
}

/** A text in which variables may stand; undefined when it is missing or wrong. */
export function template(field: Field, expected: string, scope: Scope): string | undefined {
  const text = field.text(expected);
  return text === undefined || sampleOf(field, text, scope) === undefined ? undefined : text;
}

/** Checks what it becomes, too. */
export function templateOf(
  field: Field,
  { expected, isRight }: { readonly expected: string; readonly isRight: (sample: string) => boolean },
  scope: Scope,
): string | undefined {
  const text = field.text(expected);
  const sample = text === undefined ? undefined : sampleOf(field, text, scope);
  if (sample === undefined) return undefined;
  return isRight(sample) ? text : field.wrong(expected);
}
