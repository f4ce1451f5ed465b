//! Exact edits that turn the vendored jerry-core's binary32 numbers into binary64 and mend what it lacks.

/// File below jerry-core, text that stands there once, text in its place.
pub type Patch = (&'static str, &'static str, &'static str);

/// What the engine must have to be right.
pub const PATCHES: &[Patch] = &[
    // Numbers: the type, its constants, the small integers that a value holds directly.
    (
        GLOBALS,
        "typedef float ecma_number_t;",
        "typedef double ecma_number_t;",
    ),
    (GLOBALS, "((ecma_number_t) 0.0f)", "((ecma_number_t) 0.0)"),
    (GLOBALS, "((ecma_number_t) 1.0f)", "((ecma_number_t) 1.0)"),
    (GLOBALS, "((ecma_number_t) 2.0f)", "((ecma_number_t) 2.0)"),
    (GLOBALS, "((ecma_number_t) 0.5f)", "((ecma_number_t) 0.5)"),
    (GLOBALS, "((ecma_number_t) -1.0f)", "((ecma_number_t) -1.0)"),
    (
        GLOBALS,
        "ECMA_INTEGER_NUMBER_MAX 0x7fffff\n",
        "ECMA_INTEGER_NUMBER_MAX 0x7ffffff\n",
    ),
    (
        GLOBALS,
        "_MAX_SHIFTED 0x7fffff0\n",
        "_MAX_SHIFTED 0x7ffffff0\n",
    ),
    (
        GLOBALS,
        "ECMA_INTEGER_NUMBER_MIN -0x7fffff\n",
        "ECMA_INTEGER_NUMBER_MIN -0x8000000\n",
    ),
    (
        GLOBALS,
        "_MIN_SHIFTED -0x7fffff0\n",
        "_MIN_SHIFTED (-0x7fffffff - 1)\n",
    ),
    (
        GLOBALS,
        "ECMA_INTEGER_MULTIPLY_MAX 0xb50\n",
        "ECMA_INTEGER_MULTIPLY_MAX 0x2d41\n",
    ),
    // Numbers: the format. IEEE 754-2008, 3.6, table 3.5.
    (
        NUMBER,
        "typedef uint32_t ecma_binary_num_t;",
        "typedef uint64_t ecma_binary_num_t;",
    ),
    (
        NUMBER,
        "ECMA_NUMBER_MAX_DIGITS (9)",
        "ECMA_NUMBER_MAX_DIGITS (19)",
    ),
    (NUMBER, "BIASED_EXP_WIDTH (8)", "BIASED_EXP_WIDTH (11)"),
    (NUMBER, "EXPONENT_BIAS (127)", "EXPONENT_BIAS (1023)"),
    (NUMBER, "FRACTION_WIDTH (23)", "FRACTION_WIDTH (52)"),
    (NUMBER, "0x80000000u", "0x8000000000000000ull"),
    (NUMBER, "0x7fc00000u", "0x7ff8000000000000ull"),
    (NUMBER, "0x7f800000u", "0x7ff0000000000000ull"),
    (NUMBER, "(FLT_MIN)", "((ecma_number_t) 5e-324)"),
    (
        NUMBER,
        "(FLT_MAX)",
        "((ecma_number_t) 1.7976931348623157e+308)",
    ),
    (NUMBER, "1.1920928955078125e-7", "2.2204460492503130808e-16"),
    (
        NUMBER,
        "(ecma_number_t) 0xFFFFFF)",
        "(ecma_number_t) 0x1FFFFFFFFFFFFFLL)",
    ),
    (
        NUMBER,
        "(ecma_number_t) -0xFFFFFF)",
        "(ecma_number_t) -0x1FFFFFFFFFFFFFLL)",
    ),
    (
        NUMBER,
        "NUMBER_MAX_DECIMAL_EXPONENT 38",
        "NUMBER_MAX_DECIMAL_EXPONENT 308",
    ),
    (
        NUMBER,
        "NUMBER_MIN_DECIMAL_EXPONENT -45",
        "NUMBER_MIN_DECIMAL_EXPONENT -324",
    ),
    // Numbers: the remainder as the language defines it, exact for every pair (ECMA-262, Number::remainder).
    (
        "ecma/base/ecma-helpers-number.cpp",
        "  const ecma_number_t q = ecma_number_trunc (left_num / right_num);\n  ecma_number_t r = left_num - right_num * q;\n",
        "  ecma_number_t r = fmod (left_num, right_num);\n",
    ),
    (
        "ecma/builtin-objects/ecma-builtin-math.cpp",
        "fmodf (arg, 1.0f)",
        "fmod (arg, 1.0)",
    ),
    // BigInt of a number: a fraction of 52 bits fills two digits of 32 bits, three when shifted.
    (
        BIGINT,
        "    digits_p[0] = (ecma_bigint_digit_t) fraction;\n\n    return ECMA_BIGINT_NUMBER_TO_DIGITS_SET_DIGITS (1) | has_fraction;\n",
        "    digits_p[0] = (ecma_bigint_digit_t) fraction;\n    digits_p[1] = (ecma_bigint_digit_t) (fraction >> 32);\n\n    return ECMA_BIGINT_NUMBER_TO_DIGITS_SET_DIGITS (digits_p[1] == 0 ? 1 : 2) | has_fraction;\n",
    ),
    (
        BIGINT,
        "  digits_p[0] = (ecma_bigint_digit_t) fraction;\n\n  biased_exp -= ECMA_NUMBER_FRACTION_WIDTH;\n",
        "  digits_p[0] = (ecma_bigint_digit_t) fraction;\n  digits_p[1] = (ecma_bigint_digit_t) (fraction >> 32);\n\n  biased_exp -= ECMA_NUMBER_FRACTION_WIDTH;\n",
    ),
    (
        BIGINT,
        "    return biased_exp | ECMA_BIGINT_NUMBER_TO_DIGITS_SET_DIGITS (1);\n",
        "    return biased_exp | ECMA_BIGINT_NUMBER_TO_DIGITS_SET_DIGITS (2);\n",
    ),
    (
        BIGINT,
        "  digits_p[1] = digits_p[0] >> shift_right;\n  digits_p[0] <<= shift_left;\n\n  return biased_exp | ECMA_BIGINT_NUMBER_TO_DIGITS_SET_DIGITS (digits_p[1] == 0 ? 1 : 2);\n",
        "  digits_p[2] = digits_p[1] >> shift_right;\n  digits_p[1] = (digits_p[1] << shift_left) | (digits_p[0] >> shift_right);\n  digits_p[0] <<= shift_left;\n\n  return biased_exp | ECMA_BIGINT_NUMBER_TO_DIGITS_SET_DIGITS (digits_p[2] == 0 ? 2 : 3);\n",
    ),
    // Text to number and back: by the wrapper's conversions, correctly rounded, the same on host and target.
    (
        CONVERSION,
        "  uint64_t significand = 0;\n",
        "  const lit_utf8_byte_t *digits_p = str_p;\n  uint64_t significand = 0;\n",
    ),
    (
        CONVERSION,
        "      if (exponent_sign * exponent > NUMBER_MAX_DECIMAL_EXPONENT)\n      {\n        return ecma_number_make_infinity (sign);\n      }\n\n      if (exponent_sign * exponent < NUMBER_MIN_DECIMAL_EXPONENT)\n      {\n        return sign ? -ECMA_NUMBER_ZERO : ECMA_NUMBER_ZERO;\n      }\n",
        "      if (exponent > 99999)\n      {\n        exponent = 99999;\n      }\n",
    ),
    (
        CONVERSION,
        "#define NUMBER_MAX_DECIMAL_EXPONENT 38\n",
        "extern \"C\" double usbnvme_parse_number (const uint8_t *text_p, size_t size);\n",
    ),
    (
        CONVERSION,
        "#define NUMBER_MIN_DECIMAL_EXPONENT -45\n",
        "extern \"C\" uint32_t usbnvme_number_digits (double number, uint8_t *digits_p, int32_t *exponent_p);\n",
    ),
    (
        CONVERSION,
        "  ecma_number_t num = (ecma_number_t) (uint32_t) significand;\n  bool e_sign = (decimal_exponent < 0);\n  int32_t e = e_sign ? -decimal_exponent : decimal_exponent;\n\n  ecma_number_t m = e_sign ? (ecma_number_t) 0.1 : (ecma_number_t) 10.0;\n\n  while (e)\n  {\n    if (e % 2)\n    {\n      num *= m;\n    }\n\n    m *= m;\n    e /= 2;\n  }\n\n  return num;\n",
        "  ecma_number_t num = usbnvme_parse_number (digits_p, (size_t) (end_p - digits_p));\n  return sign ? -num : num;\n",
    ),
    (
        CONVERSION,
        "ecma_errol0_dtoa ((double) num, out_digits_p, out_decimal_exp_p)",
        "usbnvme_number_digits (num, out_digits_p, out_decimal_exp_p)",
    ),
    // Numbers: the public functions.
    (
        API,
        "float\njerry_value_as_number",
        "double\njerry_value_as_number",
    ),
    (
        API,
        "return (float) ecma_get_number_from_value",
        "return (double) ecma_get_number_from_value",
    ),
    (
        API,
        "jerry_number (float value)",
        "jerry_number (double value)",
    ),
    (
        CORE,
        "float jerry_value_as_number",
        "double jerry_value_as_number",
    ),
    (
        CORE,
        "jerry_number (float value)",
        "jerry_number (double value)",
    ),
    // The length of a converted text is no single byte.
    (
        "lit/lit-strings.cpp",
        "return (lit_utf8_byte_t) (utf8_cursor_p - utf8_string_p);",
        "return (lit_utf8_size_t) (utf8_cursor_p - utf8_string_p);",
    ),
    // The context is a plain static: no thread-local storage on the device.
    (
        "jcontext/jcontext.h",
        "extern __thread jerry_context_t* tls_context_p;",
        "extern \"C\" jerry_context_t* tls_context_p;",
    ),
    // Source is parsed through the shim, which refuses it once the parser's memory serves something else.
    (
        "ecma/operations/ecma-eval.cpp",
        "#include \"vm.h\"\n",
        "#include \"vm.h\"\n\nextern \"C\" ecma_compiled_code_t *usbnvme_parse (void *source_p, uint32_t parse_opts);\n",
    ),
    (
        "ecma/operations/ecma-eval.cpp",
        "parser_parse_script (source_p, parse_opts, NULL)",
        "usbnvme_parse (source_p, parse_opts)",
    ),
    (
        "ecma/operations/ecma-function-object.cpp",
        "#include \"opcodes.h\"\n",
        "#include \"opcodes.h\"\n\nextern \"C\" ecma_compiled_code_t *usbnvme_parse (void *source_p, uint32_t parse_opts);\n",
    ),
    (
        "ecma/operations/ecma-function-object.cpp",
        "parser_parse_script ((void *) source, parse_opts, NULL)",
        "usbnvme_parse ((void *) source, parse_opts)",
    ),
    // A fatal error reaches the port, and with it the crash record.
    (
        "jrt/jrt-fatals.cpp",
        "  /* to make compiler happy for some RTOS: 'control reaches end of non-void function' */\n",
        "  jerry_port_fatal (code);\n",
    ),
];

const GLOBALS: &str = "ecma/base/ecma-globals.h";
const NUMBER: &str = "ecma/base/ecma-helpers-number.h";
const CONVERSION: &str = "ecma/base/ecma-helpers-conversion.cpp";
const BIGINT: &str = "ecma/operations/ecma-bigint.cpp";
const API: &str = "api/jerryscript.cpp";
const CORE: &str = "include/jerryscript-core.h";
