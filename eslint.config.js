import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'bench/dist/', 'coverage/', 'outputs/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          caughtErrors: 'all',
        },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'max-params': ['error', 4],
      // The rule and the compiler disagree about assertions that pick a literal type.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/await-thenable': 'off',
      // Control characters are what several of these parsers look for.
      'no-control-regex': 'off',
      'max-lines': ['error', { max: 400, skipComments: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
    },
  },
  {
    // Only the command line may print, exit and read the environment.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/chaos/main.ts', 'src/testing/**', '**/*.test.ts', '**/*.suite.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only src/cli exits; throw instead.' },
        {
          object: 'process',
          property: 'env',
          message: 'Only src/cli reads the environment; take a parameter.',
        },
        {
          object: 'process',
          property: 'argv',
          message: 'Only src/cli reads the arguments; take a parameter.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.suite.ts', 'tests/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-params': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: ['*.config.ts', '*.config.js', 'tests/closing-line.ts'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
