// router.ts -- addresses of the application. Who is not signed in goes to the login page and comes back where he wanted to go.
import { createRouter, createWebHistory } from 'vue-router';
import { whenSignedOut } from '@/api/client';
import { forget, mind, wake } from '@/meta/session';
import { say } from '@/composables/say';
import { homeOf } from '@/rooms';

const shell = { shell: true };
export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
  routes: [
    { path: '/login', name: 'login', component: () => import('@/pages/Login.vue') },
    { path: '/', name: 'home', component: () => import('@/pages/Home.vue'), meta: shell },
    { path: '/notices', name: 'notices', component: () => import('@/pages/Notices.vue'), meta: shell },
    { path: '/outbox', name: 'outbox', component: () => import('@/pages/Outbox.vue'), meta: { open: true } },
    { path: '/r/:room', name: 'list', component: () => import('@/pages/List.vue'), meta: { ...shell, keyed: true } },
    { path: '/r/:room/new', name: 'new', component: () => import('@/pages/Form.vue'), meta: { ...shell, keyed: true } },
    { path: '/r/:room/import', name: 'import', component: () => import('@/pages/Import.vue'), meta: { ...shell, keyed: true } },
    { path: '/r/:room/:id(\\d+)', name: 'record', component: () => import('@/pages/Record.vue'), meta: { ...shell, keyed: true } },
    { path: '/r/:room/:id(\\d+)/edit', name: 'edit', component: () => import('@/pages/Form.vue'), meta: { ...shell, keyed: true } },
    { path: '/r/:room/:id(\\d+)/trace', name: 'trace', component: () => import('@/pages/TracePage.vue'), meta: { ...shell, keyed: true } },
    { path: '/me', name: 'me', component: () => import('@/rooms/resident/Mine.vue') },
    { path: '/me/new', name: 'me-new', component: () => import('@/rooms/resident/Say.vue') },
    { path: '/me/:id(\\d+)', name: 'me-need', component: () => import('@/rooms/resident/Progress.vue') },
    { path: '/me/:id(\\d+)/word', name: 'me-word', component: () => import('@/rooms/resident/Word.vue') },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/pages/Nowhere.vue'), meta: shell },
  ],
});

router.beforeEach(async (to) => {
  try { await wake(); } catch (e) { say.problem(e); }
  if (!mind.user) return to.name === 'login' || to.meta.open ? true : { name: 'login', query: to.fullPath === '/' ? {} : { to: to.fullPath } };
  if (to.name === 'login') return homeOf(mind.user);
  if (to.name === 'home') { const home = homeOf(mind.user); if (home !== '/') return home; }
  return true;
});
router.afterEach((to) => { document.title = to.name === 'login' ? '登录 · 三社联动服务平台' : '三社联动服务平台'; });

whenSignedOut(() => {
  if (!mind.user) return;
  forget();
  say.fault('登录已过期，请重新登录；没有提交的内容留在草稿里');
  const at = router.currentRoute.value.fullPath;
  router.push({ name: 'login', query: at === '/' ? {} : { to: at } });
});
