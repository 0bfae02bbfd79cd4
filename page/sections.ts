import type { Address } from './address.ts'
import { hasLineage } from './graph.ts'
import { spansOf } from './lanes.ts'
import { hasChanges, type Model } from './model.ts'

type Section = Exclude<Address['view'], ''>

/** The parts of the page that have something to show, from top to bottom. A run that could not start has errors alone. */
export function sectionsOf(model: Model): Section[] {
  const has: Record<Section, boolean> = {
    failures: true,
    changes: hasChanges(model),
    timeline: spansOf(model.ran).length > 0,
    lineage: hasLineage(model),
    nodes: model.ran.length > 0,
  }
  return (Object.keys(has) as Section[]).filter((section) => has[section])
}
