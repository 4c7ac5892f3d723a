/** Our own marks: 16 by 16, drawn with a stroke of 1.5 unless they are `fill`. Others come from lucide. */
export const ICONS = {
  skill: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.7 5.1 8 8.1l5.3-3M8 8.1v6',
  review: 'M2.5 4l1.3 1.3L6 3M2.5 10.5l1.3 1.3L6 9.5M8.5 4.5h5M8.5 11h5',
  blocked: 'M1.5 8h5M9.5 3v10M12 5.5l3 5M15 5.5l-3 5',
  cluster: 'M2.5 2.5h11v4h-11zM2.5 9.5h11v4h-11zM5 4.5h.01M5 11.5h.01',
  host: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c4 3.5 4 8.5 0 12M8 2c-4 3.5-4 8.5 0 12',
  log: 'M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3',
  agent: 'M3 5.5h10v7H3zM8 5.5V2.5M6 9h.01M10 9h.01M1 8v2M15 8v2',
  people:
    'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.8 13.2c.4-2.4 2-3.6 4.2-3.6s3.8 1.2 4.2 3.6M11 3.2a2.4 2.4 0 0 1 0 4.6M12 9.8c1.3.5 2 1.7 2.3 3.4',
  home: 'M2.5 7.5 8 2.5l5.5 5v6h-11z',
  find: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5 14 14',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  up: 'M8 13V3.5M4 7l4-4 4 4M2.5 14h11',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  right: 'M6 3.5 10.5 8 6 12.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  descending: 'M8 3v10M4.5 9.5 8 13l3.5-3.5',
  ascending: 'M8 13V3M4.5 6.5 8 3l3.5 3.5',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  key: 'M5.5 12.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM7.7 7.3 13 2M10.5 4.5l2 2',
  file: 'M4 1.8h5L12.5 5.3v9H4zM9 1.8v3.7h3.5',
  again: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
  plus: 'M8 3v10M3 8h10',
  check: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.3 8.2l2 2 3.5-4',
  rejected: 'M3 3h10v10H3zM6 6l4 4M10 6l-4 4',
  dashed: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5 8h6',
  slashed: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 12.2l8.4-8.4',
  todo: 'M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10z',
  ring: 'M8 12.5A4.5 4.5 0 1 0 8 3.5a4.5 4.5 0 0 0 0 9z',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5v3.5M8 5h.01',
  narrower: 'M8 12.5 3 4h10z',
  same: 'M3.5 6h9M3.5 10h9',
  lock: 'M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
} as const;

/** Filled shapes; holes by the even-odd rule. */
export const SHAPES = {
  verified: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm3.7 4.7-1.1-1L7.2 8.8 5.3 6.9 4.2 8l3 3z',
  octagon: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zm2.1 3v5h1.8V4zM7 10.5v1.8h2v-1.8z',
  triangle: 'M8 1.5 15.5 14.5H.5zM7.2 6v4.5h1.6V6zm0 5.5v1.6h1.6v-1.6z',
  diamond: 'M8 1.5 14.5 8 8 14.5 1.5 8z',
  wider: 'M8 2.5 14 13H2z',
} as const;

export type IconName = keyof typeof ICONS | keyof typeof SHAPES | 'half' | 'unverified';
