import { loadDataset } from '../../../src/flow/load.ts'
import { type Gateway, openGateway } from '../../support/gateway.ts'
import { type Accuracy, accuracyOf, type Sample } from './classify.ts'
import { controlNames, controlOf } from './control.ts'
import { exportOf, type World, worlds } from './data.ts'
import { type Channel, channels, type Observation, trial } from './observe.ts'

export type Row = Readonly<{ channel: Channel }> &
  Accuracy &
  Readonly<{
    trials: number
    control: number
    controlCi95: readonly [number, number]
    controlGateway: string
  }>

async function gatewayOf(world: World, tickMs: number): Promise<Gateway> {
  const gateway = await openGateway([], { VITRINE_TICK_MS: String(tickMs) })
  const { directory, remove } = await exportOf(world)
  const holder = { subject: 'steward', role: 'data-holder', organisation: 'East' } as const
  await loadDataset(gateway.composed.house, holder, { id: 'east', title: 'East', directory })
  await remove()
  return gateway
}

/** Trials of each world over its own gateway, the worlds at the same time; then the same attack on the controls. */
export async function twoWorlds(
  size: Readonly<{ trials: number; controls: number; tickMs: number }>,
): Promise<Readonly<{ rows: readonly Row[]; seen: readonly (readonly Observation[])[][] }>> {
  const gateways = await Promise.all(worlds.map((world) => gatewayOf(world, size.tickMs)))
  const seen: (readonly Observation[])[][] = worlds.map(() => [])
  try {
    for (let i = 0; i < size.trials; i++)
      for (const [w, it] of (await Promise.all(gateways.map(trial))).entries()) seen[w]?.push(it)
  } finally {
    for (const gateway of gateways) await gateway.close()
  }
  const controls = await Promise.all(worlds.map(controlOf))
  const rows: Row[] = []
  for (const channel of channels) {
    const ours = seen.flatMap((trials, world) =>
      trials.map((all) => all.map((it): Sample => ({ world, seen: `${it.what}\0${it[channel]}` }))),
    )
    const weak: Sample[][] = []
    for (let i = 0; i < size.controls; i++)
      for (const [world, control] of controls.entries())
        weak.push([{ world, seen: `control\0${await control.see(channel)}` }])
    const beaten = accuracyOf(weak)
    rows.push({
      channel,
      ...accuracyOf(ours),
      trials: size.trials,
      control: beaten.accuracy,
      controlCi95: beaten.ci95,
      controlGateway: controlNames[channel],
    })
  }
  for (const control of controls) control.close()
  return { rows, seen }
}
