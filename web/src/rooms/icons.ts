// icons.ts -- the signs of the menu.
import type { Component } from 'vue';
import { Calendar, ChatLineSquare, CircleCheck, Connection, CreditCard, Document, EditPen, Finished, Flag, FolderOpened, House, List, Location, Medal, Money, OfficeBuilding,
  SetUp, ShoppingCart, Star, Stamp, Tools, Wallet } from '@element-plus/icons-vue';

export const ICONS: Record<string, Component> = {
  need: ChatLineSquare, tick: CircleCheck, mend: Tools, folder: FolderOpened, list: List, cart: ShoppingCart, bid: Stamp, paper: Document, flag: Flag, money: Money,
  wallet: Wallet, pay: CreditCard, rule: SetUp, office: OfficeBuilding, medal: Medal, people: Connection, edit: EditPen, star: Star, done: Finished, home: House,
  place: Location, calendar: Calendar,
};
