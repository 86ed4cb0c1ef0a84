/* inner_openapi.h -- between openapi.c (paths) and openapi_schemas.c (components). */
#pragma once
#include "engine/more.h"

const char *openapi_name(struct arena *, const struct entity *);               /* ServiceRecords */
void openapi_components(struct arena *, struct jout *);
bool openapi_input(const struct entity *, const struct field *);               /* may stand in a body of create or edit */
void openapi_property(struct arena *, const struct field *, bool nullable, struct jout *);
bool openapi_shown(const struct entity *);                                     /* has paths of its own */
