/**
 * Alert rules, what they have found, and what is to be told of it. Each evaluation is one transaction; a change is told
 * until somebody confirms that it was, under an id that stays the same, so that it is told once in effect.
 */
import { BUILT_IN_RULES } from "../../../core/alerts/built-in-rules.ts";
import { evaluateRule, type Finding } from "../../../core/alerts/evaluate.ts";
import type { Sight } from "../../../core/alerts/measure.ts";
import type { Alert, AlertNotice, AlertRule, NamedRule } from "../../../core/contracts/alerts.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS alert_rules (name TEXT PRIMARY KEY, rule TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS alerts (
    rule TEXT NOT NULL, group_key TEXT NOT NULL, alert TEXT NOT NULL, PRIMARY KEY (rule, group_key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS alert_notices (id TEXT PRIMARY KEY, notice TEXT NOT NULL) WITHOUT ROWID;
`;

/** Each is evaluated every minute. */
export const ALERT_RULES_MAX = 200;

/** A rule that is grouped by a label of many values must not fill the store. */
const ALERTS_A_RULE_MAX = 200;

/** Resolved alerts stay to be seen. */
const RESOLVED_KEPT_MS = 24 * 3_600_000;

export class AlertStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
    this.sql.exec(SCHEMA);
  }

  /** Built-in rules, as they are or as they were declared anew, and all others; by name. */
  rules(): NamedRule[] {
    const declared = new Map(
      this.sql
        .exec<{ name: string; rule: string }>("SELECT name, rule FROM alert_rules")
        .toArray()
        .map(({ name, rule }) => [name, JSON.parse(rule) as AlertRule]), // written by `putRule`
    );
    const builtIn = Object.entries(BUILT_IN_RULES).filter(([name]) => !declared.has(name));
    return [
      ...builtIn.map(([name, rule]) => ({ name, rule, builtIn: true })),
      ...[...declared].map(([name, rule]) => ({ name, rule, builtIn: false })),
    ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Answers `full` where there are as many rules as there may be. */
  putRule(name: string, rule: AlertRule): "created" | "replaced" | "full" {
    const rules = this.rules();
    const exists = rules.some((each) => each.name === name);
    if (!exists && rules.length >= ALERT_RULES_MAX) return "full";
    this.sql.exec(
      "INSERT OR REPLACE INTO alert_rules (name, rule) VALUES (?, ?)",
      name,
      JSON.stringify(rule),
    );
    return exists ? "replaced" : "created";
  }

  /** A built-in rule that was declared anew is again what it was. False: there is no such declaration. */
  deleteRule(name: string): boolean {
    return this.sql.exec("DELETE FROM alert_rules WHERE name = ?", name).rowsWritten > 0;
  }

  alerts(): Alert[] {
    return this.sql
      .exec<{ alert: string }>("SELECT alert FROM alerts ORDER BY rule, group_key")
      .toArray()
      .map(({ alert }) => JSON.parse(alert) as Alert); // written by `save`
  }

  /** Looks at every rule, and answers with all that is to be told. */
  evaluate(sight: Sight, now: number): AlertNotice[] {
    const rules = this.rules().filter(({ rule }) => rule.enabled !== false);
    this.storage.transactionSync(() => {
      for (const named of rules) this.apply(named, evaluateRule(named.rule, sight), now);
      const names = new Set(rules.map(({ name }) => name));
      // What a rule found that is no longer there is over, too.
      for (const { rule } of this.alerts()) if (!names.has(rule)) this.forget(rule);
    });
    return this.sql
      .exec<{ notice: string }>("SELECT notice FROM alert_notices ORDER BY id")
      .toArray()
      .map(({ notice }) => JSON.parse(notice) as AlertNotice); // written by `save`
  }

  confirm(ids: readonly string[]): void {
    for (const id of ids) this.sql.exec("DELETE FROM alert_notices WHERE id = ?", id);
  }

  private apply({ name, rule }: NamedRule, findings: Map<string, Finding>, now: number): void {
    const kept = new Map(
      this.sql
        .exec<{ group_key: string; alert: string }>(
          "SELECT group_key, alert FROM alerts WHERE rule = ?",
          name,
        )
        .toArray()
        .map(({ group_key, alert }) => [group_key, JSON.parse(alert) as Alert]), // written by `save`
    );
    for (const [key, alert] of kept) {
      if (findings.get(key)?.holds !== true) this.end(key, alert, findings.get(key)?.value ?? 0, now);
    }
    for (const [key, finding] of findings) {
      if (!finding.holds) continue;
      if (!kept.has(key) && kept.size >= ALERTS_A_RULE_MAX) continue;
      const before = kept.get(key);
      const alert = heldBy(name, rule, finding, before, now);
      kept.set(key, alert);
      this.save(key, alert);
      if (alert.state === "firing" && before?.state !== "firing") this.tell(key, alert);
    }
  }

  private end(key: string, alert: Alert, value: number, now: number): void {
    if (alert.state === "firing") {
      const resolved: Alert = { ...alert, value, state: "resolved", since: new Date(now).toISOString() };
      this.save(key, resolved);
      this.tell(key, resolved);
    } else if (alert.state === "pending" || Date.parse(alert.since) < now - RESOLVED_KEPT_MS)
      this.sql.exec("DELETE FROM alerts WHERE rule = ? AND group_key = ?", alert.rule, key);
  }

  private save(key: string, alert: Alert): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO alerts (rule, group_key, alert) VALUES (?, ?, ?)",
      alert.rule,
      key,
      JSON.stringify(alert),
    );
  }

  private tell(key: string, alert: Alert): void {
    const id = `${alert.since} ${alert.rule} ${key} ${alert.state}`;
    this.sql.exec(
      "INSERT OR IGNORE INTO alert_notices (id, notice) VALUES (?, ?)",
      id,
      JSON.stringify({ id, alert } satisfies AlertNotice),
    );
  }

  private forget(rule: string): void {
    this.sql.exec("DELETE FROM alerts WHERE rule = ?", rule);
  }
}

/** An alert whose condition holds, by what it was before. */
function heldBy(
  name: string,
  rule: AlertRule,
  { labels, value }: Finding,
  before: Alert | undefined,
  now: number,
): Alert {
  const { severity = "warning", summary = `The rule ${name} holds.` } = rule;
  const since =
    before === undefined || before.state === "resolved" ? new Date(now).toISOString() : before.since;
  const waitMs = rule.kind === "threshold" ? (rule.forSeconds ?? 0) * 1_000 : 0;
  const common = { rule: name, labels, severity, summary, value };
  if (before?.state === "firing") return { ...common, state: "firing", since };
  if (now - Date.parse(since) < waitMs) return { ...common, state: "pending", since };
  return { ...common, state: "firing", since: new Date(now).toISOString() };
}
