select
    1 as id,
    {% if execute %}
    '{{ no_such_macro("x") }}' as y
    {% else %}
    '' as y
    {% endif %}
from {{ ref('animals') }}
