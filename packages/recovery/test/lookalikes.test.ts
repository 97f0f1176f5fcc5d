// The gravest sin of a healer is to mend what is well. For each class: what looks the same, and must not be taken for it.
import { describe, expect, it } from 'vitest';
import { diagnose, FAULT_NAMES } from '../src/index.js';
import { factsOf, LOOKALIKES } from './support/lookalikes.js';

describe('what looks the same', () => {
  it.each(LOOKALIKES)('as $of: $situation', (lookalike) => {
    expect(diagnose(factsOf(lookalike)).verdict).toBe(lookalike.is);
    expect(lookalike.is).not.toBe(lookalike.of);
  });

  it('has been thought of for every class', () => {
    const thoughtOf = new Set(LOOKALIKES.map(({ of }) => of));
    expect(FAULT_NAMES.filter((name) => !thoughtOf.has(name))).toEqual([]);
  });
});
