/* cmd_data.c -- commands on a database as a whole: make, migrate, check, back up, bring back. */
#include "cli/cli.h"
#include "store/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cmd_init(struct cli *cli, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return cli_usage(cli);
	int code = cli_open(cli, OPEN_NEW, 2);
	if (code)
		return code;
	printf("已就绪：%s\n下一步：用 sanshe user add 建立 sysadmin、secadmin、auditadmin 三个管理员\n", store_url(cli->store));
	return EXIT_GOOD;
}

int cmd_migrate(struct cli *cli, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return cli_usage(cli);
	int code = cli_open(cli, OPEN_MIGRATE, 2);
	if (code)
		return code;
	printf("数据库已是第 %d 版\n", schema_version);
	return EXIT_GOOD;
}

int cmd_backup(struct cli *cli, int argc, char **argv)
{
	const char *why = "原因不明";
	if (argc != 2 || argv[1][0] == '-')
		return cli_usage(cli);
	cli->arena = arena_new(0);
	cli->store = store_open(cli->arena, cli->url, false, 2, &why);
	if (!cli->store || store_backup(cli->store, argv[1], &why))
		return cli_fail("%s", why);
	printf("已备份到 %s\n提醒：密钥文件不在备份里，请另行妥善保存\n", argv[1]);
	return EXIT_GOOD;
}

int cmd_restore(struct cli *cli, int argc, char **argv)
{
	const char *why = "原因不明";
	if (argc != 2 || argv[1][0] == '-')
		return cli_usage(cli);
	if (store_restore(cli->url, argv[1], &why))
		return cli_fail("%s", why);
	printf("已从 %s 恢复\n", argv[1]);
	return EXIT_GOOD;
}
