// part.ts -- what every room's own part of a record page is given.
import type { History, Rec, Room, Trace } from '@/api/types';
export interface PartProps { room: Room; rec: Rec; trace: Trace | null; history: History | null; turn: number }
