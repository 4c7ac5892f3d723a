import type { Evaluator } from './evaluate.ts';
import { memberOf } from './members.ts';
import type { Module } from './module.ts';
import { join, UNKNOWN, type Value } from './value.ts';

/** What a module of the unit exports under a name; null when nothing does. */
export function exportValue(ev: Evaluator, module: Module, name: string): Value | null {
  const found: Value[] = [];
  // A chain of `export *` may be a ring.
  if (!ev.spend(1)) return UNKNOWN;
  for (const entry of module.exports) {
    if (entry.name === name) {
      if (entry.from !== null) found.push(ev.importValue(entry.from, entry.imported ?? '*', module));
      else if (entry.binding !== null) found.push(ev.bindingValue(entry.binding, module, null));
      else found.push(ev.evaluate(entry.value, module));
    } else if (entry.name === '=') {
      const whole = ev.evaluate(entry.value, module);
      found.push(name === 'default' ? whole : memberOf(ev, whole, name, { module, offset: entry.value?.start ?? 0 }));
    } else if (entry.name === '*' && entry.from !== null && name !== 'default') {
      const target = ev.unit.resolve(module, entry.from);
      if (target === null) found.push(ev.importValue(entry.from, name, module));
      else if (target !== module && !target.exports.some((other) => other.from !== null && other.name === '*')) {
        const passed = ev.nested(() => exportValue(ev, target, name));
        if (passed !== null) found.push(passed);
      }
    }
  }
  return found.length === 0 ? null : join(found);
}
