// types.ts -- the shapes the API speaks in. Says nothing about any one room.

export interface Code { code: string; label: string; en?: string | null }
export interface Take { field: string; required: boolean }
export type FieldType = 'text' | 'longtext' | 'int' | 'fen' | 'bp' | 'bool' | 'date' | 'time' | 'clock' | 'code' | 'ref' | 'division'
  | 'uscc' | 'idno' | 'phone' | 'file' | 'json';
export interface Field {
  name: string; label: string; en?: string | null; hint?: string | null; type: FieldType | string;
  required: boolean; list: boolean; search: boolean; lookup: boolean; step: boolean; derived: boolean; fixed: boolean; owner: boolean;
  class: 'S1' | 'S2' | 'S3' | 'S4'; min: number | null; max: number | null; codes?: Code[]; ref: string | null;
  writable: boolean; filter: boolean; sort?: boolean;
}
export interface State { code: string; label: string; en?: string | null; due?: boolean }
export interface Step { name: string; label: string; en?: string | null; clause?: string | null; from: string[]; to: string; takes: Take[]; mine: boolean }
export interface SheetColumn { name: string; label: string; required: boolean; heads: string[] }
export interface Room {
  name: string; url: string; label: string; en?: string | null; clause: string; number: string | null; title: string | null;
  owner: { room: string; field: string; open_in?: string[] } | null; children: string[]; hidden: boolean; append_only: boolean; stateless: boolean; twins?: boolean;
  can: { create: boolean; edit: boolean; import: boolean; export: boolean; reveal?: boolean };
  fields: Field[]; states: State[]; steps: Step[]; sheet: SheetColumn[];
}
export interface User {
  id: string; name: string; label?: string | null; role: string; role_label: string; region: string | null; region_name: string | null;
  region_path: string | null; org: string | null; org_title?: string | null; english: boolean;
  holder?: { room: string; record: string; step: string };
}
export interface Session { csrf: string; user: User; holder?: User['holder'] }
export interface Meta { business_now: string; demo: boolean; version: string; user: User | null; rooms: Room[] }

export type Value = string | number | boolean | null | undefined | object;
export interface Action { name: string; label: string; takes: Take[]; enabled: boolean; why?: string }
export interface Rec {
  id: string; state: string; state_label: string; region: string; region_name: string | null; version: number;
  created: string; updated: string; due?: string; overdue?: boolean; imported?: boolean; masked: string[]; actions?: Action[]; editable?: boolean;
  [field: string]: any;
}
export interface Page { items: Rec[]; next: string | null; total?: number }
export interface Group { key: string; label: string; count: number; sum?: Record<string, number> }
export interface Totals { count: number; groups: Group[] }
export interface Change { field: string; label: string; from: string | null; to: string | null }
export interface Version { version: number; at: string; by: string | null; state: string; state_label: string; changes: Change[] }
export interface StepDone { name: string; label: string; from: string; to: string; at: string; by: string | null; reason: string | null }
export interface History { items: Version[]; steps: StepDone[] }
export interface TraceItem { id: string; no?: string | null; title?: string | null; state: string; state_label: string; date?: string | null; actor?: string | null; money_fen?: number | null }
export interface TraceLink { key: string; label: string; room: string; items: TraceItem[]; hidden?: number; done?: boolean }
export interface Trace { room: string; id: string; links: TraceLink[] }
export interface Paper { id: string; field?: string | null; name: string; mime?: string; size: number; at?: string; by?: string | null }
export interface Twin { id: string; no?: string | null; title: string | null; score: number; state: string; created: string }
export interface FieldError { field: string | null; code: string; message: string }
export interface Division { code: string; name: string; level: number; kind?: string }
export interface ImportError { record: number; line: number; column: string | null; kind: string; outcome: string; message: string }
export interface ImportReport {
  file: 'ok' | 'refused'; reason: string | null; format?: string; rows: number; accepted: number; normalised: number; warned: number; ignored: number;
  rejected: number; unchanged?: number; columns?: { header: string; field: string | null }[]; missing?: string[]; n_errors?: number; errors?: ImportError[];
}
export interface ImportJob { id: string; file?: string; state: 'running' | 'done' | 'refused'; done: number; report: ImportReport | null }
export interface Notice { id: string; room: string; record: string; text: string; at: string }
