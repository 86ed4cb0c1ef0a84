/* rooms.c -- finding rooms, fields, states, steps and roles by name. Reads the const tables of the domain; keeps nothing. */
#include "engine/ctx.h"
#include <string.h>

/* URLs write - where tables write _. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

const struct entity *room_find(const char *name)
{
	for (unsigned i = 0; name && i < n_rooms; i++)
		if (same_name(rooms[i]->name, name))
			return rooms[i];
	return NULL;
}

const struct field *room_field(const struct entity *e, const char *name)
{
	for (unsigned i = 0; name && i < e->n_fields; i++)
		if (!strcmp(e->fields[i].name, name))
			return &e->fields[i];
	return NULL;
}

int room_state(const struct entity *e, const char *code)
{
	for (unsigned i = 0; code && i < e->n_states; i++)
		if (e->states[i].code && !strcmp(e->states[i].code, code))
			return (int)i;
	return -1;
}

const struct transition *room_step(const struct entity *e, const char *name)
{
	for (unsigned i = 0; name && i < e->n_transitions; i++)
		if (same_name(e->transitions[i].name, name))
			return &e->transitions[i];
	return NULL;
}

const struct field *room_flagged(const struct entity *e, unsigned flag)
{
	for (unsigned i = 0; i < e->n_fields; i++)
		if (e->fields[i].flags & flag)
			return &e->fields[i];
	return NULL;
}

const char *room_url(struct arena *a, const struct entity *e)
{
	char *url = arena_strdup(a, e->name);

	for (char *p = url; *p; p++)
		if (*p == '_')
			*p = '-';
	return url;
}

const char *room_title_field(const struct entity *e)
{
	static const char *const usual[] = { "no", "name", "title" };

	if (e->title && room_field(e, e->title))
		return e->title;
	if (e->key && !strchr(e->key, ' ') && room_field(e, e->key))
		return e->key;
	for (unsigned i = 0; i < COUNT(usual); i++)
		if (room_field(e, usual[i]))
			return usual[i];
	return NULL;
}

static const struct { unsigned role; const char *code, *label, *en; } roles[] = {
	{ RESIDENT,    "resident",    "居民",             "Resident" },
	{ VOLUNTEER,   "volunteer",   "志愿者",           "Volunteer" },
	{ COMMUNITY,   "community",   "社区工作人员",     "Community staff" },
	{ STREET,      "street",      "街道（乡镇）",     "Sub-district office" },
	{ COUNTY,      "county",      "县（区）主管部门", "County department" },
	{ CITY,        "city",        "市主管部门",       "City department" },
	{ PROVINCE,    "province",    "省主管部门",       "Provincial department" },
	{ FINANCE,     "finance",     "财政部门",         "Finance" },
	{ ORG_MANAGER, "org_manager", "社会组织负责人",   "Organisation manager" },
	{ WORKER,      "social_worker", "社会工作者",     "Social worker" },
	{ SUPERVISOR,  "supervisor",  "督导",             "Supervisor" },
	{ EVALUATOR,   "evaluator",   "评估员",           "Evaluator" },
	{ MEDIATOR,    "mediator",    "调解员",           "Mediator" },
	{ AUDITOR,     "auditor",     "审计员",           "Auditor" },
	{ SYSADMIN,    "sysadmin",    "系统管理员",       "System administrator" },
	{ SECADMIN,    "secadmin",    "安全管理员",       "Security administrator" },
	{ AUDITADMIN,  "auditadmin",  "审计管理员",       "Audit administrator" },
	{ PUBLIC,      "public",      "公众",             "Public" },
	{ SYSTEM,      "system",      "系统",             "System" },
};

const char *role_code(unsigned role)
{
	for (unsigned i = 0; i < COUNT(roles); i++)
		if (roles[i].role == role)
			return roles[i].code;
	return "";
}

const char *role_label(unsigned role, bool english)
{
	for (unsigned i = 0; i < COUNT(roles); i++)
		if (roles[i].role == role)
			return english ? roles[i].en : roles[i].label;
	return "";
}

unsigned role_find(const char *code)
{
	for (unsigned i = 0; code && i < COUNT(roles); i++)
		if (!strcmp(roles[i].code, code))
			return roles[i].role;
	return 0;
}
