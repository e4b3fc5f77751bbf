/** A number with six digits, as the journal has it. */
export const rounded = (value: number): number => Number(value.toPrecision(6));
