/** One object, one line: for commands that go on. */
export const jsonLine = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** The whole answer of a command. */
export const jsonDocument = (value: object): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
