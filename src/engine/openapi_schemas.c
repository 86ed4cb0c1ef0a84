/* openapi_schemas.c -- the component schemas of the OpenAPI document: one record, one input and one page for each room, made from its
 * fields, and the few shapes all rooms share. Describes; decides nothing. */
#include "engine/inner_openapi.h"
#include "engine/types.h"
#include <string.h>

bool openapi_shown(const struct entity *e)
{
	return !(e->flags & SHEET);
}

bool openapi_input(const struct entity *e, const struct field *f)
{
	return !(f->flags & (DERIVED | STEP)) && !(e->number && !strcmp(f->name, "no"));
}

const char *openapi_name(struct arena *a, const struct entity *e)
{
	char *name = arena_strdup(a, e->name), *to = name;
	bool upper = true;

	for (const char *s = e->name; *s; s++) {
		if (*s == '_') {
			upper = true;
			continue;
		}
		*to++ = upper && *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;
		upper = false;
	}
	*to = 0;
	return name;
}

static void say(struct jout *out, const char *key, const char *json)
{
	jout_key(out, key);
	jout_raw(out, json);
}

static void value_schema(struct arena *a, const struct field *f, struct jout *out)
{
	bool text = f->type == T_TEXT || f->type == T_LONGTEXT;

	jout_open(out, '{');
	if (*types[f->type].openapi)
		jout_raw(out, types[f->type].openapi);
	if (text && f->max && f->cls < S3)
		jout_kvi(out, "maxLength", f->max);
	if (f->type == T_CODE && f->codes) {
		jout_key(out, "enum");
		jout_open(out, '[');
		for (const struct code *k = f->codes; k->code; k++)
			jout_str(out, k->code);
		jout_close(out, ']');
	}
	jout_close(out, '}');
	(void)a;
}

static void property(struct arena *a, const struct field *f, bool nullable, bool masked, struct jout *out)
{
	jout_key(out, f->name);
	jout_open(out, '{');
	jout_kv(out, "title", f->en ? f->en : f->label);
	jout_kv(out, "description", f->en ? arena_printf(a, "%s%s%s", f->label, f->hint ? "；" : "", f->hint ? f->hint : "") : f->hint ? f->hint : f->label);
	jout_key(out, "anyOf");
	jout_open(out, '[');
	value_schema(a, f, out);
	if (nullable)
		jout_raw(out, "{\"type\":\"null\"}");
	if (masked)
		jout_raw(out, "{\"type\":\"string\",\"description\":\"masked\"}");
	jout_close(out, ']');
	jout_close(out, '}');
}

void openapi_property(struct arena *a, const struct field *f, bool nullable, struct jout *out)
{
	property(a, f, nullable, false, out);
}

static void state_enum(const struct entity *e, struct jout *out)
{
	jout_key(out, "state");
	jout_open(out, '{');
	jout_kv(out, "type", "string");
	jout_key(out, "enum");
	jout_open(out, '[');
	if (!e->n_states)
		jout_str(out, "active");
	for (unsigned i = 0; i < e->n_states; i++)
		jout_str(out, e->states[i].code);
	jout_close(out, ']');
	jout_close(out, '}');
}

static void record_schema(struct arena *a, const struct entity *e, struct jout *out)
{
	jout_key(out, openapi_name(a, e));
	jout_open(out, '{');
	jout_kv(out, "type", "object");
	jout_kv(out, "description", e->en ? arena_printf(a, "%s (%s)", e->label, e->en) : e->label);
	say(out, "required", "[\"id\",\"state\",\"region\",\"version\",\"created\",\"updated\"]");
	jout_key(out, "properties");
	jout_open(out, '{');
	say(out, "id", "{\"$ref\":\"#/components/schemas/Id\"}");
	state_enum(e, out);
	say(out, "state_label", "{\"type\":\"string\"}");
	say(out, "region", "{\"$ref\":\"#/components/schemas/Region\"}");
	say(out, "region_name", "{\"type\":[\"string\",\"null\"]}");
	say(out, "version", "{\"type\":\"integer\",\"minimum\":1}");
	say(out, "created", "{\"type\":\"string\",\"format\":\"date-time\"}");
	say(out, "updated", "{\"type\":\"string\",\"format\":\"date-time\"}");
	say(out, "due", "{\"type\":[\"string\",\"null\"],\"format\":\"date\"}");
	say(out, "overdue", "{\"type\":\"boolean\"}");
	say(out, "imported", "{\"type\":\"boolean\"}");
	say(out, "masked", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}");
	say(out, "actions", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Action\"}}");
	say(out, "editable", "{\"type\":\"boolean\"}");
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct field *f = &e->fields[i];

		property(a, f, true, f->cls >= S3, out);
		if (f->type == T_REF)
			say(out, arena_printf(a, "%s_title", f->name), "{\"type\":[\"string\",\"null\"]}");
	}
	jout_close(out, '}');
	jout_close(out, '}');
}

static void input_schema(struct arena *a, const struct entity *e, bool create, struct jout *out)
{
	jout_key(out, arena_printf(a, "%s%s", openapi_name(a, e), create ? "Input" : "Changes"));
	jout_open(out, '{');
	jout_kv(out, "type", "object");
	jout_kvb(out, "additionalProperties", false);
	jout_key(out, "properties");
	jout_open(out, '{');
	for (unsigned i = 0; i < e->n_fields; i++)
		if (openapi_input(e, &e->fields[i]) && (create || !(e->fields[i].flags & FIXED)))
			openapi_property(a, &e->fields[i], !(e->fields[i].flags & REQUIRED), out);
	jout_close(out, '}');
	if (create) {
		jout_key(out, "required");
		jout_open(out, '[');
		for (unsigned i = 0; i < e->n_fields; i++)
			if (openapi_input(e, &e->fields[i]) && (e->fields[i].flags & REQUIRED))
				jout_str(out, e->fields[i].name);
		jout_close(out, ']');
	}
	jout_close(out, '}');
}

static void page_schema(struct arena *a, const struct entity *e, struct jout *out)
{
	const char *name = openapi_name(a, e);

	say(out, arena_printf(a, "%sPage", name), arena_printf(a, "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
		"\"items\":{\"$ref\":\"#/components/schemas/%s\"}},\"next\":{\"type\":[\"string\",\"null\"]},\"total\":{\"type\":\"integer\"}}}", name));
}

#define OBJECT "{\"type\":\"object\",\"properties\":{"
#define TEXT "{\"type\":\"string\"}"
#define NULLABLE "{\"type\":[\"string\",\"null\"]}"
#define COUNTED "{\"type\":\"integer\"}"
#define LIST_OF(x) "{\"type\":\"array\",\"items\":" x "}"

static void shared_schemas(struct jout *out)
{
	static const char *const table[][2] = {
		{ "Id", "{\"type\":\"string\",\"pattern\":\"^[0-9]{1,19}$\"}" },
		{ "Region", "{\"type\":\"string\",\"pattern\":\"^[0-9]{12}$\"}" },
		{ "Problem", OBJECT "\"type\":" TEXT ",\"title\":" TEXT ",\"status\":" COUNTED ",\"detail\":" TEXT ",\"errors\":"
			LIST_OF(OBJECT "\"field\":" NULLABLE ",\"code\":" TEXT ",\"message\":" TEXT "}}") "},\"required\":[\"title\",\"status\"]}" },
		{ "Taken", OBJECT "\"field\":" TEXT ",\"required\":{\"type\":\"boolean\"}}}" },
		{ "Action", OBJECT "\"name\":" TEXT ",\"label\":" TEXT ",\"takes\":" LIST_OF("{\"$ref\":\"#/components/schemas/Taken\"}")
			",\"enabled\":{\"type\":\"boolean\"},\"why\":" TEXT "},\"required\":[\"name\",\"label\",\"enabled\"]}" },
		{ "User", OBJECT "\"id\":" TEXT ",\"name\":" NULLABLE ",\"label\":" NULLABLE ",\"role\":" TEXT ",\"role_label\":" TEXT ",\"region\":" NULLABLE
			",\"region_name\":" NULLABLE ",\"region_path\":" NULLABLE ",\"org\":" NULLABLE ",\"org_title\":" NULLABLE ",\"english\":{\"type\":\"boolean\"}}}" },
		{ "Session", OBJECT "\"csrf\":" TEXT ",\"user\":{\"$ref\":\"#/components/schemas/User\"}}}" },
		{ "Totals", OBJECT "\"count\":" COUNTED ",\"groups\":" LIST_OF(OBJECT "\"key\":" NULLABLE ",\"label\":" TEXT ",\"count\":" COUNTED
			",\"sum\":{\"type\":\"object\",\"additionalProperties\":" COUNTED "}}}") ",\"sum\":{\"type\":\"object\",\"additionalProperties\":" COUNTED "}}}" },
		{ "History", OBJECT "\"items\":" LIST_OF("{\"type\":\"object\"}") ",\"steps\":" LIST_OF("{\"type\":\"object\"}") "}}" },
		{ "Trace", OBJECT "\"room\":" TEXT ",\"id\":" TEXT ",\"links\":" LIST_OF(OBJECT "\"key\":" TEXT ",\"label\":" TEXT ",\"room\":" TEXT
			",\"items\":" LIST_OF("{\"type\":\"object\"}") ",\"hidden\":" COUNTED ",\"done\":{\"type\":\"boolean\"}}}") "}}" },
		{ "Twins", OBJECT "\"items\":" LIST_OF("{\"type\":\"object\"}") "}}" },
		{ "Reveal", "{\"type\":\"object\",\"required\":[\"fields\",\"purpose\"],\"properties\":{\"fields\":" LIST_OF(TEXT) ",\"purpose\":" TEXT "}}" },
		{ "Revealed", OBJECT "\"id\":" TEXT ",\"values\":{\"type\":\"object\"}}}" },
		{ "Attachments", OBJECT "\"items\":" LIST_OF(OBJECT "\"id\":" TEXT ",\"field\":" NULLABLE ",\"name\":" TEXT ",\"mime\":" TEXT ",\"size\":" COUNTED "}}") "}}" },
		{ "Job", OBJECT "\"id\":" TEXT ",\"state\":" TEXT ",\"done\":" COUNTED ",\"report\":{\"type\":[\"object\",\"null\"]}}}" },
		{ "Items", OBJECT "\"items\":" LIST_OF("{\"type\":\"object\"}") ",\"next\":" NULLABLE "}}" },
	};

	for (unsigned i = 0; i < COUNT(table); i++)
		say(out, table[i][0], table[i][1]);
}

static void shared_parts(struct jout *out)
{
	say(out, "responses", "{\"Problem\":{\"description\":\"refused; errors name field, code and the way out\",\"content\":{\"application/problem+json\":"
		"{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}");
	say(out, "parameters", "{\"Id\":{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"$ref\":\"#/components/schemas/Id\"}},"
		"\"Match\":{\"name\":\"If-Match\",\"in\":\"header\",\"description\":\"version of the record, in double quotes\",\"schema\":" TEXT "},"
		"\"Key\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"schema\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":128}},"
		"\"Csrf\":{\"name\":\"X-CSRF-Token\",\"in\":\"header\",\"description\":\"with the cookie, on unsafe methods\",\"schema\":" TEXT "}}");
	say(out, "securitySchemes", "{\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"sanshe\"},\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
}

void openapi_components(struct arena *a, struct jout *out)
{
	jout_open(out, '{');
	jout_key(out, "schemas");
	jout_open(out, '{');
	shared_schemas(out);
	for (unsigned i = 0; i < n_rooms; i++) {
		const struct entity *e = rooms[i];

		if (!openapi_shown(e))
			continue;
		record_schema(a, e, out);
		input_schema(a, e, true, out);
		if (!(e->flags & APPEND_ONLY))
			input_schema(a, e, false, out);
		page_schema(a, e, out);
	}
	jout_close(out, '}');
	shared_parts(out);
	jout_close(out, '}');
}
