import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const api = { '/api': process.env.SANSHE_API ?? 'http://127.0.0.1:8080' };
export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: api },
  preview: { proxy: api },
  build: { target: 'chrome90', cssTarget: 'chrome90', chunkSizeWarningLimit: 900, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
