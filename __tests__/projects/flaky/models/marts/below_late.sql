select id from {{ ref('late') }}
