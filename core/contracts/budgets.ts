/** Budgets: what a collection or a pipeline may use a day. */

export const BUDGET_KINDS = ["collection", "pipeline"] as const;
export type BudgetKind = (typeof BUDGET_KINDS)[number];

/** A deployment has as many; each is looked at whenever something was counted. */
export const BUDGETS_MAX = 100;

export interface Budget {
  kind: BudgetKind;
  name: string;
  /** US dollars a day, in UTC. */
  usdPerDay: number;
}

/** A budget, and what of it is used up today. */
export interface BudgetState extends Budget {
  spentUsd: number;
  /** Searches are refused, or events wait, until it is raised or the day ends. */
  exceeded: boolean;
}
