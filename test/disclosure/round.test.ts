import { expect, test } from 'vitest'
import { toDigits } from '../../src/disclosure/round.ts'

test.each([
  [12.345, 1, 12.3],
  [12.35, 0, 12],
  [-12.36, 1, -12.4],
  [1234, -2, 1200],
  [0.1 + 0.2, 9, 0.3],
  [-0.04, 1, 0],
  [7.25, undefined, 7.25],
])('%d to %s digits is %d', (x, digits, rounded) => {
  expect(toDigits(x, digits)).toBe(rounded)
})
