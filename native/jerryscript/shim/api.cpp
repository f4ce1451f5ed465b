/* The part of JerryScript 3.0's public API that the wrapper uses and the default source lacks, under
 * upstream's names, on the engine's internals; and what no public function tells. */
#include <string.h>

#include "jerry-config.h"

#include "ecma-alloc.h"
#include "ecma-arraybuffer-object.h"
#include "ecma-builtins.h"
#include "ecma-exceptions.h"
#include "ecma-function-object.h"
#include "ecma-gc.h"
#include "ecma-globals.h"
#include "ecma-helpers.h"
#include "ecma-jobqueue.h"
#include "ecma-objects.h"
#include "ecma-typedarray-object.h"
#include "jcontext.h"
#include "jerryscript.h"
#include "jmem.h"
#include "js-parser.h"
#include "lit-magic-strings.h"
#include "vm.h"

#include "usbnvme.h"

static jerry_value_t
returned (ecma_value_t value)
{
  return ECMA_IS_VALUE_ERROR (value) ? ecma_create_exception_from_context () : value;
}

/* Whether the parser's code is gone. */
static bool parsed;

/* The one way to the parser: what is outside of it may be called for ever. */
extern "C" ecma_compiled_code_t *__attribute__ ((noinline))
usbnvme_parse (void *source_p, uint32_t parse_opts)
{
  if (parsed)
  {
    const char *text_p = "no source is parsed after the start";
    ecma_string_t *message_p = ecma_new_ecma_string_from_ascii ((const lit_utf8_byte_t *) text_p, strlen (text_p));
    ecma_object_t *error_p = ecma_new_standard_error (JERRY_ERROR_SYNTAX, message_p);
    ecma_deref_ecma_string (message_p);
    jcontext_raise_exception (ecma_make_object_value (error_p));
    return NULL;
  }
  return parser_parse_script (source_p, parse_opts, NULL);
}

static uint8_t place[96];
static size_t place_length;

static void
append (const char *text_p, size_t length)
{
  if (length > sizeof (place) - place_length)
  {
    length = sizeof (place) - place_length;
  }
  memcpy (place + place_length, text_p, length);
  place_length += length;
}

/* The names of the functions on the call stack, innermost first. This source keeps no line numbers. */
static void
remember_place (const jerry_value_t value, void *user_p)
{
  (void) value;
  (void) user_p;
  JERRY_DEFINE_CURRENT_CONTEXT ();
  place_length = 0;
  int depth = 0;
  for (vm_frame_ctx_t *frame_p = JERRY_CONTEXT (vm_top_context_p); frame_p != NULL && depth < 4;
       frame_p = frame_p->prev_context_p)
  {
    if (!(frame_p->shared_p->status_flags & VM_FRAME_CTX_SHARED_HAS_ARG_LIST))
    {
      continue;
    }
    const ecma_compiled_code_t *code_p = frame_p->shared_p->bytecode_header_p;
    ecma_value_t name = ECMA_VALUE_UNDEFINED;
    if (CBC_FUNCTION_GET_TYPE (code_p->status_flags) != CBC_FUNCTION_CONSTRUCTOR)
    {
      name = *ecma_compiled_code_resolve_function_name (code_p);
    }
    append (depth == 0 ? "" : " < ", depth == 0 ? 0 : 3);
    jerry_char_t text[32];
    jerry_size_t length = 0;
    if (ecma_is_value_string (name))
    {
      length = jerry_string_to_buffer (name, JERRY_ENCODING_UTF8, text, sizeof (text));
    }
    if (length > 0)
    {
      append ((const char *) text, length);
    }
    else
    {
      append ("(anonymous)", 11);
    }
    depth++;
  }
}

/* The most bytes in use, and the fewest free, until the heap grew last. The allocator's own peak begins anew with each
 * size, since a heap that is small still may be fuller than a bigger one later. */
static uint32_t heap_peak;
static uint32_t heap_least_free = UINT32_MAX;

static void
watch_heap (void)
{
  JERRY_DEFINE_CURRENT_CONTEXT ();
  const uint32_t peak = (uint32_t) JERRY_CONTEXT (usbnvme_heap_peak);
  const uint32_t least = JERRY_CONTEXT (heap_size) - peak;
  heap_peak = peak > heap_peak ? peak : heap_peak;
  heap_least_free = least < heap_least_free ? least : heap_least_free;
  JERRY_CONTEXT (usbnvme_heap_peak) = JERRY_CONTEXT (jmem_heap_allocated_size);
}

extern "C" {

jerry_value_t
jerry_value_copy (const jerry_value_t value)
{
  return ecma_copy_value (value);
}

jerry_value_t
jerry_call (const jerry_value_t function,
            const jerry_value_t this_value,
            const jerry_value_t *args_p,
            jerry_size_t args_count)
{
  return returned (ecma_op_function_call (ecma_get_object_from_value (function), this_value, args_p, args_count));
}

jerry_size_t
jerry_string_size (const jerry_value_t value, jerry_encoding_t encoding)
{
  ecma_string_t *string_p = ecma_get_string_from_value (value);
  return encoding == JERRY_ENCODING_UTF8 ? ecma_string_get_utf8_size (string_p) : ecma_string_get_size (string_p);
}

bool
jerry_value_is_function (const jerry_value_t value)
{
  return ecma_op_is_callable (value);
}

jerry_value_t
jerry_run_jobs (void)
{
  return returned (ecma_process_all_enqueued_jobs ());
}

jerry_value_t
jerry_exception_value (jerry_value_t value, bool should_free)
{
  if (!ecma_is_value_exception (value))
  {
    return should_free ? value : ecma_copy_value (value);
  }
  ecma_value_t inner = ecma_copy_value (ecma_get_extended_primitive_from_value (value)->u.value);
  if (should_free)
  {
    ecma_free_value (value);
  }
  return inner;
}

bool
jerry_value_is_abort (const jerry_value_t value)
{
  return ecma_is_value_exception (value)
         && (ecma_get_extended_primitive_from_value (value)->refs_and_type & ECMA_ERROR_API_FLAG_ABORT) != 0;
}

jerry_value_t
jerry_abort (jerry_value_t value, bool take_ownership)
{
  ecma_value_t inner = take_ownership ? value : ecma_copy_value (value);
  jcontext_raise_exception (inner);
  jcontext_set_abort_flag (true);
  return ecma_create_exception_from_context ();
}

jerry_value_t
jerry_throw_sz (jerry_error_t error_type, const char *message_p)
{
  ecma_string_t *message_string_p =
    ecma_new_ecma_string_from_utf8 ((const lit_utf8_byte_t *) message_p, (lit_utf8_size_t) strlen (message_p));
  ecma_object_t *error_p = ecma_new_standard_error (error_type, message_string_p);
  ecma_deref_ecma_string (message_string_p);
  jcontext_raise_exception (ecma_make_object_value (error_p));
  return ecma_create_exception_from_context ();
}

void
jerry_halt_handler (uint32_t interval, jerry_halt_cb_t callback, void *user_p)
{
  JERRY_DEFINE_CURRENT_CONTEXT ();
  if (interval == 0)
  {
    interval = 1;
  }
  JERRY_CONTEXT (vm_exec_stop_frequency) = interval;
  JERRY_CONTEXT (vm_exec_stop_counter) = interval;
  JERRY_CONTEXT (vm_exec_stop_cb) = callback;
  JERRY_CONTEXT (vm_exec_stop_user_p) = user_p;
}

void
jerry_heap_gc (jerry_gc_mode_t mode)
{
  ecma_free_unused_memory (mode == JERRY_GC_PRESSURE_LOW ? JMEM_PRESSURE_LOW : JMEM_PRESSURE_HIGH);
}

/* The memory stays its owner's: it is never freed here, as the object is given no allocator's pointer to free. */
jerry_value_t
jerry_arraybuffer_external (uint8_t *buffer_p, jerry_length_t size, void *user_p)
{
  ecma_object_t *object_p = ecma_arraybuffer_create_object_with_buffer (ECMA_OBJECT_CLASS_ARRAY_BUFFER, size);
  ecma_arraybuffer_pointer_t *pointer_p = (ecma_arraybuffer_pointer_t *) object_p;
  pointer_p->buffer_p = buffer_p;
  pointer_p->arraybuffer_user_p = user_p;
  pointer_p->extended_object.u.cls.u1.array_buffer_flags |= ECMA_ARRAYBUFFER_ALLOCATED;
  return ecma_make_object_value (object_p);
}

jerry_value_t
jerry_typedarray_with_buffer (jerry_typedarray_type_t type, const jerry_value_t arraybuffer)
{
  const bool words = type == JERRY_TYPEDARRAY_UINT32;
  const ecma_typedarray_type_t id = words ? ECMA_UINT32_ARRAY : ECMA_UINT8_ARRAY;
  ecma_object_t *prototype_p = ecma_builtin_get (ecma_typedarray_helper_get_prototype_id (id));
  return returned (ecma_op_create_typedarray (&arraybuffer, 1, prototype_p, words ? 2 : 0, id));
}

uint8_t *
usbnvme_jerry_bytes (uint32_t value, uint32_t *length_p)
{
  if (!ecma_is_typedarray (value))
  {
    return NULL;
  }
  ecma_typedarray_info_t info = ecma_typedarray_get_info (ecma_get_object_from_value (value));
  if (info.id != ECMA_UINT8_ARRAY || ECMA_ARRAYBUFFER_LAZY_ALLOC (info.array_buffer_p))
  {
    return NULL;
  }
  *length_p = info.length;
  return ecma_typedarray_get_buffer (&info);
}

uint32_t
usbnvme_jerry_run (const uint8_t *source_p, size_t size)
{
  parser_source_char_t source;
  source.source_p = source_p;
  source.source_size = size;
  ecma_compiled_code_t *code_p = usbnvme_parse (&source, ECMA_PARSE_STRICT_MODE);
  if (code_p == NULL)
  {
    return returned (ECMA_VALUE_ERROR);
  }
  ecma_value_t result = vm_run_global (code_p, NULL);
  ecma_bytecode_deref (code_p);
  return returned (result);
}

bool
usbnvme_jerry_grow (size_t size)
{
  JERRY_DEFINE_CURRENT_CONTEXT ();
  size = JERRY_ALIGNDOWN (size, JMEM_ALIGNMENT);
  void *end_p = (uint8_t *) JERRY_CONTEXT (heap_p) + JERRY_CONTEXT (heap_size);
  if (size > 0)
  {
    watch_heap ();
    /* As if it had been in use until now. */
    JERRY_CONTEXT (heap_size) += (uint32_t) size;
    JERRY_CONTEXT (jmem_heap_allocated_size) += size;
    jmem_heap_free_block (end_p, size);
  }
  return true;
}

void
usbnvme_jerry_end_parsing (void)
{
  parsed = true;
}

uint32_t
usbnvme_jerry_call (uint32_t function, const double *numbers_p, uint32_t count, double *result_p)
{
  ecma_value_t values[8];
  for (uint32_t i = 0; i < count; i++)
  {
    values[i] = ecma_make_number_value (numbers_p[i]);
  }
  ecma_value_t result =
    ecma_op_function_call (ecma_get_object_from_value (function), ECMA_VALUE_UNDEFINED, values, count);
  for (uint32_t i = 0; i < count; i++)
  {
    if (!ecma_is_value_integer_number (values[i]))
    {
      ecma_free_value (values[i]);
    }
  }
  if (ecma_is_value_integer_number (result))
  {
    *result_p = (double) ecma_get_integer_from_value (result);
    return ECMA_VALUE_UNDEFINED;
  }
  if (ECMA_IS_VALUE_ERROR (result))
  {
    return ecma_create_exception_from_context ();
  }
  *result_p = ecma_is_value_number (result) ? ecma_get_number_from_value (result) : ecma_number_make_nan ();
  ecma_free_value (result);
  return ECMA_VALUE_UNDEFINED;
}

void
usbnvme_jerry_watch_throws (void)
{
  JERRY_DEFINE_CURRENT_CONTEXT ();
  JERRY_CONTEXT (vm_throw_callback_p) = remember_place;
}

size_t
usbnvme_jerry_place (uint8_t *buffer_p, size_t size)
{
  size_t length = place_length < size ? place_length : size;
  memcpy (buffer_p, place, length);
  place_length = 0;
  return length;
}

void
usbnvme_jerry_heap (uint32_t out[4])
{
  JERRY_DEFINE_CURRENT_CONTEXT ();
  watch_heap ();
  out[0] = (uint32_t) JERRY_CONTEXT (jmem_heap_allocated_size);
  out[1] = heap_peak;
  out[2] = JERRY_CONTEXT (heap_size);
  out[3] = heap_least_free;
}

} /* extern "C" */

/* The default source declares the constructor of AggregateError and forgets it. */
extern ecma_value_t ecma_builtin_aggregate_error_dispatch_call (const ecma_value_t *arguments_list_p,
                                                                uint32_t arguments_list_len);

ecma_value_t
ecma_builtin_aggregate_error_dispatch_construct (const ecma_value_t *arguments_list_p, uint32_t arguments_list_len)
{
  return ecma_builtin_aggregate_error_dispatch_call (arguments_list_p, arguments_list_len);
}
