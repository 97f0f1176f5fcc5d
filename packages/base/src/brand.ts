declare const brand: unique symbol;

/** A number or string that must not be mixed with others of its kind: `Brand<number, 'Index'>`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Milliseconds, on whichever clock the name says. Fractions are allowed. */
export type Millis = number;
