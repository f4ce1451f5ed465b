//! Exact edits that make the vendored jerry-core quicker where each message passes, and let it count its peak.

use crate::patches::Patch;

/// As `patches::PATCHES`; the engine is right without them.
pub const EXTRAS: &[Patch] = &[
    // The most bytes of the heap that were in use at once (upstream: JERRY_MEM_STATS).
    (
        CONTEXT,
        "  size_t jmem_heap_allocated_size; /**< size of allocated regions */\n",
        "  size_t jmem_heap_allocated_size; /**< size of allocated regions */\n  size_t usbnvme_heap_peak;\n",
    ),
    (
        HEAP,
        "    JERRY_CONTEXT (jmem_heap_allocated_size) += JMEM_ALIGNMENT;\n",
        "    JERRY_CONTEXT (jmem_heap_allocated_size) += JMEM_ALIGNMENT;\n    if (JERRY_CONTEXT (jmem_heap_allocated_size) > JERRY_CONTEXT (usbnvme_heap_peak))\n    {\n      JERRY_CONTEXT (usbnvme_heap_peak) = JERRY_CONTEXT (jmem_heap_allocated_size);\n    }\n",
    ),
    (
        HEAP,
        "        JERRY_CONTEXT (jmem_heap_allocated_size) += required_size;\n",
        "        JERRY_CONTEXT (jmem_heap_allocated_size) += required_size;\n        if (JERRY_CONTEXT (jmem_heap_allocated_size) > JERRY_CONTEXT (usbnvme_heap_peak))\n        {\n          JERRY_CONTEXT (usbnvme_heap_peak) = JERRY_CONTEXT (jmem_heap_allocated_size);\n        }\n",
    ),
    // An element of a typed array of 8, 16 or 32 bits without a sign, by an index inside it: no property name,
    // no lookup. What is not found here takes the engine's own way.
    (
        VM,
        "/**\n * Get the value of object[property].\n",
        "#include \"ecma-arraybuffer-object.h\"\n#include \"ecma-typedarray-object.h\"\n\nstatic inline uint8_t *\nusbnvme_element (ecma_object_t *object_p, uint32_t index, uint32_t *id_p)\n{\n  ecma_extended_typedarray_object_t *array_p = (ecma_extended_typedarray_object_t *) object_p;\n  ecma_extended_object_t *ext_p = &array_p->extended_object;\n\n  if ((object_p->type_flags_refs & ECMA_OBJECT_TYPE_MASK) != ECMA_OBJECT_TYPE_CLASS\n      || ext_p->u.cls.type != ECMA_OBJECT_CLASS_TYPEDARRAY)\n  {\n    return NULL;\n  }\n\n  ecma_object_t *buffer_p = ecma_get_object_from_value (ext_p->u.cls.u3.arraybuffer);\n  const uint32_t state = ECMA_ARRAYBUFFER_GET_FLAGS (buffer_p) & (ECMA_ARRAYBUFFER_ALLOCATED | ECMA_ARRAYBUFFER_DETACHED);\n  const uint32_t id = ext_p->u.cls.u1.typedarray_type;\n  const uint32_t shift = id == ECMA_UINT8_ARRAY ? 0 : id == ECMA_UINT16_ARRAY ? 1 : id == ECMA_UINT32_ARRAY ? 2 : 3;\n\n  if (shift == 3 || state != ECMA_ARRAYBUFFER_ALLOCATED)\n  {\n    return NULL;\n  }\n\n  uint32_t length = ((ecma_extended_object_t *) buffer_p)->u.cls.u3.length >> shift;\n  uint32_t offset = index << shift;\n\n  if (ext_p->u.cls.u2.typedarray_flags & ECMA_TYPEDARRAY_IS_EXTENDED)\n  {\n    length = array_p->array_length;\n    offset += array_p->byte_offset;\n  }\n\n  *id_p = id;\n  return index < length ? ecma_arraybuffer_get_buffer (buffer_p) + offset : NULL;\n}\n\n/**\n * Get the value of object[property].\n",
    ),
    (
        VM,
        "      if (int_value >= 0 && int_value <= ECMA_DIRECT_STRING_MAX_IMM)\n      {\n        if (ecma_get_object_type (object_p) == ECMA_OBJECT_TYPE_ARRAY)\n",
        "      if (int_value >= 0 && int_value <= ECMA_DIRECT_STRING_MAX_IMM)\n      {\n        uint32_t id;\n        const uint8_t *element_p = usbnvme_element (object_p, (uint32_t) int_value, &id);\n\n        if (element_p != NULL)\n        {\n          return id == ECMA_UINT8_ARRAY    ? ecma_make_integer_value (*element_p)\n                 : id == ECMA_UINT16_ARRAY ? ecma_make_integer_value (*(const uint16_t *) element_p)\n                                           : ecma_make_uint32_value (*(const uint32_t *) element_p);\n        }\n\n        if (ecma_get_object_type (object_p) == ECMA_OBJECT_TYPE_ARRAY)\n",
    ),
    (
        VM,
        "    object_p = ecma_get_object_from_value (base);\n\n    if (JERRY_UNLIKELY (!ecma_is_value_prop_name (property)))\n    {\n      property_p = ecma_op_to_string (property);\n",
        "    object_p = ecma_get_object_from_value (base);\n\n    if (ecma_is_value_integer_number (property) && ecma_is_value_integer_number (value)\n        && ecma_get_integer_from_value (property) >= 0)\n    {\n      uint32_t id;\n      uint8_t *element_p = usbnvme_element (object_p, (uint32_t) ecma_get_integer_from_value (property), &id);\n\n      if (element_p != NULL)\n      {\n        const uint32_t bits = (uint32_t) ecma_get_integer_from_value (value);\n\n        if (id == ECMA_UINT8_ARRAY)\n        {\n          *element_p = (uint8_t) bits;\n        }\n        else if (id == ECMA_UINT16_ARRAY)\n        {\n          *(uint16_t *) element_p = (uint16_t) bits;\n        }\n        else\n        {\n          *(uint32_t *) element_p = bits;\n        }\n\n        ecma_deref_object (object_p);\n        return ECMA_VALUE_TRUE;\n      }\n    }\n\n    if (JERRY_UNLIKELY (!ecma_is_value_prop_name (property)))\n    {\n      property_p = ecma_op_to_string (property);\n",
    ),
    // Parsing: names are searched in lists, so what tells two of them apart at once comes first.
    (
        LEXER,
        "    if (literal_p->type == literal_type && literal_p->prop.length == length\n        && memcmp (literal_p->u.char_p, char_p, length) == 0)\n    {\n      context_p->lit_object.literal_p = literal_p;\n",
        "    if (literal_p->type == literal_type && literal_p->prop.length == length\n        && (length == 0\n            || (literal_p->u.char_p[0] == char_p[0] && literal_p->u.char_p[length - 1] == char_p[length - 1]\n                && (length < 3 || memcmp (literal_p->u.char_p, char_p, length) == 0))))\n    {\n      context_p->lit_object.literal_p = literal_p;\n",
    ),
    (
        LITERALS,
        "        if (ecma_compare_ecma_strings (string_p, value_p))\n",
        "        if (string_p->u.hash == value_p->u.hash && ecma_compare_ecma_strings (string_p, value_p))\n",
    ),
    // The texts of literals lie in 128 lists by their hash and not in one: each literal of each function is searched.
    (
        CONTEXT,
        "  jmem_cpointer_t string_list_first_cp; /**< first item of the literal string list */\n",
        "  jmem_cpointer_t string_lists_cp[128]; /**< first items of the literal string lists */\n",
    ),
    (
        LITERALS,
        "  ecma_free_string_list (JERRY_CONTEXT (string_list_first_cp));\n",
        "  for (int i = 0; i < 128; i++)\n  {\n    ecma_free_string_list (JERRY_CONTEXT (string_lists_cp)[i]);\n  }\n",
    ),
    (
        LITERALS,
        "  jmem_cpointer_t string_list_cp = JERRY_CONTEXT (string_list_first_cp);\n",
        "  jmem_cpointer_t *const list_cp_p = JERRY_CONTEXT (string_lists_cp) + (string_p->u.hash & 127);\n  jmem_cpointer_t string_list_cp = *list_cp_p;\n",
    ),
    (
        LITERALS,
        "  new_item_p->next_cp = JERRY_CONTEXT (string_list_first_cp);\n  JMEM_CP_SET_NON_NULL_POINTER (JERRY_CONTEXT (string_list_first_cp), new_item_p);\n",
        "  new_item_p->next_cp = *list_cp_p;\n  JMEM_CP_SET_NON_NULL_POINTER (*list_cp_p, new_item_p);\n",
    ),
];

const LEXER: &str = "parser/js/js-lexer.cpp";
const LITERALS: &str = "ecma/base/ecma-literal-storage.cpp";
const CONTEXT: &str = "jcontext/jcontext.h";
const HEAP: &str = "jmem/jmem-heap.cpp";
const VM: &str = "vm/vm.cpp";
