/** How good something is: the colour of a badge. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'busy';
