/** Objects without their undefined members: zod's optional properties may hold undefined, a declaration's may not. */

/** The type of an object whose undefined members are left out. */
export type Defined<T> = {
  [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name];
} & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** A copy without members that are undefined; what is inside of members stays as it is. */
export function defined<T extends object>(value: T): Defined<T> {
  // What the filter does is what the type says.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
