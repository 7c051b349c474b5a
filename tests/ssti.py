"""Templates that try to get out: families of payloads against template languages, as they were found in the field."""

from collections.abc import Iterator

CANARY = "canary-7d41"
"""What a payload would print if it got anywhere; the secret it looks for and the file it reads hold it."""

_STARTS = (
    "''", '""', "[]", "()", "{}", "1", "customer", "to_pay", "one", "count", "self", "config", "request", "lipsum",
    "cycler", "joiner", "namespace", "range", "dict", "loop", "caller", "varargs", "kwargs", "environment", "context",
)  # fmt: skip
_ROADS = (
    ".__class__.__mro__[1].__subclasses__()",
    ".__class__.__base__.__subclasses__()[40]('/etc/passwd').read()",
    ".__init__.__globals__['os'].popen('id').read()",
    ".__globals__.__builtins__.open('/etc/passwd').read()",
    "['__class__']['__mro__']",
    "|attr('__class__')",
    "|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "|map(attribute='__class__')|list",
    ".format.__globals__",
    "._TemplateReference__context",
)
_FORMATS = (
    "{{ '{0.__class__}'.format(customer) }}",
    "{{ '%s' % customer }}",
    "{{ ('{0.__class__.__init__.__globals__}')|format(one) }}",
    "{{ customer.format_map({'a': 1}) }}",
    "{{ '{}'.__add__ }}",
)
_STATEMENTS = (
    "{% for c in ().__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{% for x in customer %}{{ x }}{% endfor %}",
    "{% set x = customer.__class__ %}{{ x }}",
    "{% set x %}{{ customer }}{% endset %}",
    "{% include '/etc/passwd' %}",
    "{% include customer %}",
    "{% import 'os' as os %}{{ os.popen('id') }}",
    "{% from 'letters/letter.html' import x %}",
    "{% extends 'letters/letter.html' %}",
    "{% extends customer %}",
    "{% block title %}{{ super() }}{% endblock %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call customer() %}x{% endcall %}",
    "{% filter attr('__class__') %}x{% endfilter %}",
    "{% filter upper %}{{ customer.__class__ }}{% endfilter %}",
    "{% with x = customer.__class__ %}{{ x }}{% endwith %}",
    "{% autoescape false %}<script>{% endautoescape %}",
    "{% do customer.__class__ %}",
    "{% debug %}",
    "{% trans %}x{% endtrans %}",
    "{% if customer.__class__ %}x{% endif %}",
    "{% if ''.__class__.__mro__ %}x{% endif %}",
    "{% if one == customer.__class__ %}x{% endif %}",
    "{% if one == (1).__class__ %}x{% endif %}",
    "{% if (one if one else one.__class__) %}x{% endif %}",
    "{% if one in [customer.__class__] %}x{% endif %}",
    "{% if one is defined %}x{% endif %}",
    "{% if one is sameas(self) %}x{% endif %}",
    "{% if not one.__class__ %}x{% endif %}",
    "{% if one and customer.__class__ %}x{% endif %}",
    "{% if one %}{% elif customer.__class__ %}x{% endif %}",
    "{% if one %}x{% else %}{{ customer.__class__ }}{% endif %}",
    "{%- print(customer.__class__) -%}",
)
_NODES = (
    "{{ 7 * 7 }}", "{{ 7 + 7 }}", "{{ '7' * 7 }}", "{{ 7 ** 7 }}", "{{ 7 // 7 }}", "{{ 7 - 7 }}", "{{ -7 }}",
    "{{ [7][0] }}", "{{ {'a': 7}['a'] }}", "{{ (7, 7)[0] }}", "{{ 'a' ~ 'b' }}", "{{ 7 if 7 }}", "{{ 7 == 7 }}",
    "{{ 'a' in 'abc' }}", "{{ not 7 }}", "{{ 7 and 7 }}", "{{ 7 or 7 }}", "{{ 'abc'[::-1] }}", "{{ customer[0] }}",
    "{{ customer[:9] }}", "{{ range(9) }}", "{{ dict(a=1) }}", "{{ lipsum() }}", "{{ cycler('a') }}", "{{ 7 }}",
    "{{ 'seven' }}", "{{ true }}", "{{ none }}", "{{ [7] }}", "{{ {} }}", "{{ caller() }}", "{{ super() }}",
)  # fmt: skip
_FILTERS = (
    "attr('__class__')", "map('upper')", "join", "list", "pprint", "tojson", "xmlattr", "safe", "e", "escape",
    "forceescape", "format", "groupby('__class__')", "select('string')", "sort", "string", "sum", "unique", "urlize",
    "replace('a', 'b')", "center(99999999)", "indent(99999999)", "wordwrap(1)", "default(self)", "dictsort", "batch(2)",
    "strong('x')", "upper()|attr('__class__')", "strong|upper", "filesizeformat", "random", "striptags", "truncate(9)",
)  # fmt: skip
_KNOWN = (
    # Forms of published holes: sandbox escapes through str.format, attr, globals, and template names.
    "{{ ''.__class__.mro()[1].__subclasses__()[396]('cat /etc/passwd',shell=True,stdout=-1).communicate()[0] }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "{{ namespace.__init__.__globals__.os.popen('id').read() }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ request.application.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    "{{ url_for.__globals__['current_app'].config }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ config.items() }}",
    "{{ frappe.db.sql('select 1') }}",
    "{{ frappe.get_doc('User') }}",
    "{{ object.env['res.users'].search([]) }}",
    "{{ ctx.get('x') }}",
    "{{ 'a'.join.__self__ }}",
    "{{ (customer|attr('format'))('{0.__class__}', customer) }}",
    "{{ dict(__class__=1)|join }}",
    "{{ [].append.__self__.__class__ }}",
    "{{ ''|string|attr('__add__') }}",
    "{{ customer|attr(['_'*2,'class','_'*2]|join) }}",
    "{{ (()|attr('__class__')|attr('__base__')) }}",
    "{{ x.__init__.__globals__ }}",
    "{{ __import__('os') }}",
    "{{ __builtins__ }}",
    "{{ eval('1') }}",
    "{{ open('/etc/passwd') }}",
    "{{ customer.upper() }}",
    "{{ customer.encode('utf-8') }}",
    "{{ customer.__len__() }}",
)
_UNREADABLE = (
    "{{", "{{ }}", "{% %}", "{% if %}", "{% if one %}", "{% endif %}", "{{ customer", "{{ customer }", "{% if one }",
    "{{ customer | }}", "{{ | upper }}", "{{ customer upper }}", "{% unknown %}", "{{ 'a }}", "{{ customer; to_pay }}",
    "{% if one %}{% else %}{% else %}{% endif %}", "{% elif one %}", "{{ $ }}", "{{ \\ }}", "{{ ` }}",
)  # fmt: skip


def payloads() -> Iterator[str]:
    """Every one of them must be refused when somebody stores it as a text, and printed as it stands when it is data."""
    for start in _STARTS:
        for road in _ROADS:
            yield f"{{{{ {start}{road} }}}}"
    yield from _FORMATS
    yield from _STATEMENTS
    yield from _NODES
    yield from (f"{{{{ customer|{each} }}}}" for each in _FILTERS)
    yield from _KNOWN
    yield from _UNREADABLE


COSTLY = (
    "{{ 9**9999999 }}",
    "{{ 9**9**9**9 }}",
    "{{ 'a'*200000000 }}",
    "{{ ('a'*99999)*99999 }}",
    "{{ [0]*999999999 }}",
    "{% for i in range(9000000) %}x{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ range(9999999999)|list }}",
    "{{ customer|center(999999999) }}",
    "{{ '%999999999s'|format(1) }}",
    "{{ lipsum(n=99999999) }}",
    "{{ " + "(" * 2_900 + "}}",
    "{% if " + "not " * 1_400 + "one %}x{% endif %}",
    "{% if one %}" * 500,
    "{{ " + "9" * 5_900 + " }}",
    "{{ customer" + "|upper" * 900 + " }}" + "{{ x }}",
    "{{ " + "-" * 5_900 + "1 }}",
    "x" * 10_000_000,
    "{{ customer }}" * 1_000_000,
)
"""Texts that would cost time or memory: refused at once, or read within the limits of the child."""
